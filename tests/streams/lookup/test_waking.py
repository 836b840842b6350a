"""Purchases that nothing would ask about are given a due time by track, once they are told of."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from streams.contracts import topics as names
from streams.contracts.codec import encode
from streams.contracts.ids import AppId, CustomerId, StoreName
from streams.contracts.project import App, AppStore, Project
from streams.contracts.step import Out, Record
from streams.contracts.words import Signal
from streams.kafka.producer import Producer
from streams.lookup.waking import LOST, Sleepers, wake
from streams.settings.kafka import KafkaSettings
from streams.track.advance import advance
from streams.track.due import FIRST, LEAST
from streams.track.state import Position, PurchaseState
from tests.streams.track.make import APP, START, STORE, day, posted, said, standing, term

WHOSE = (APP, STORE)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
TRACKED = PurchaseState(owner=CustomerId("u-1"))


def key(name: str, *, app: str = APP, store: str = STORE) -> bytes:
    return f"{app}/{store}/PRODUCTION/{name}".encode()


def kept(name: bytes, state: PurchaseState | None) -> Record:
    value = encode(state) if state else b""
    return Record(topic=names.TRACK_CHANGELOG, partition=0, offset=0, key=name, value=value)


def dues(*records: Record, per_second: float = 10) -> dict[str, datetime]:
    sleepers = Sleepers(WHOSE, NOW)
    for record in records:
        sleepers.on_record(record)
    return {due.purchase_key.split("/")[3]: due.due_at for due in sleepers.dues(per_second)}


def test_those_without_a_due_time_are_woken_so_many_a_second() -> None:
    found = dues(*(kept(key(name), TRACKED) for name in ("b", "a", "c")), per_second=2)

    assert found == {name: NOW + n * timedelta(seconds=0.5) for n, name in enumerate("abc")}


def test_one_whose_record_was_lost_is_told_of_its_own_time_again() -> None:
    lost, waits = NOW - LOST - timedelta(seconds=1), NOW - LOST
    found = dues(
        kept(key("lost"), replace(TRACKED, due_at=lost)),
        kept(key("waits"), replace(TRACKED, due_at=waits)),
    )

    assert found == {"lost": lost}


def test_the_newest_state_counts_and_nobody_elses() -> None:
    found = dues(
        kept(key("told"), TRACKED),
        kept(key("told"), replace(TRACKED, due_at=NOW)),
        kept(key("gone"), TRACKED),
        kept(key("gone"), None),
        kept(key("untracked"), PurchaseState()),
        kept(key("other", store="stripe"), TRACKED),
        kept(key("other", app="app2"), TRACKED),
    )

    assert found == {}


def woken(state: PurchaseState, moment: datetime) -> PurchaseState:
    """By track, now that the store can be asked."""
    asked = App(app_id=APP, name="App", stores=(AppStore(store=STORE, asked=True),))
    sleepers = Sleepers(WHOSE, moment)
    sleepers.on_record(kept(key("1000"), state))
    (due,) = sleepers.dues(10)
    project = Project(name="test", sha256="0" * 64, apps=(asked,))
    step = advance(state, due, Position("v1", 0, 9), project)
    assert step.due is not None
    assert (step.pointers, step.changes) == ((), ())
    assert step.state is not None
    assert step.state.due_at == step.due.due_at
    return step.state


def test_track_gives_each_the_time_that_it_wants() -> None:
    unasked = Project(
        name="test",
        sha256="0" * 64,
        apps=(App(app_id=APP, name="App", stores=(AppStore(store=STORE),)),),
    )
    post = posted()
    state = advance(None, post, Position("v1", 0, 1), unasked).state
    assert state is not None
    assert state.due_at is None
    assert woken(state, day(3)).due_at == day(3) + FIRST

    message = said("m1", START, Signal.PURCHASED, term(1), standing(1))
    state = advance(state, message, Position("v1", 0, 2), unasked).state
    assert state is not None
    assert woken(state, day(3)).due_at == day(3) + LEAST


async def test_the_changelog_is_read_wholly_and_each_is_told_of_once(
    kafka: KafkaSettings, topics: tuple[str, ...]
) -> None:
    assert names.TRACK_CHANGELOG in topics
    whose = (AppId("sleepy"), StoreName("stripe"))
    every = [key(f"sub_{n}", app=whose[0], store=whose[1]) for n in range(700)]
    states = [Out(topic=names.TRACK_CHANGELOG, key=one, value=encode(TRACKED)) for one in every]
    sent: list[Out] = []
    read: list[tuple[int, int]] = []

    async def send(outs: Sequence[Out]) -> None:
        sent.extend(outs)

    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all([*states, *states[:9]])
    count = await wake(kafka, send, whose, progress=lambda now, of: read.append((now, of)))

    assert count == 700
    assert sorted(out.key or b"" for out in sent) == sorted(every)
    assert {out.topic for out in sent} == {names.PURCHASES}
    assert read[-1][0] == read[-1][1]
