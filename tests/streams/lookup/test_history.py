"""What stores kept of their notifications: fetched page by page, verified like what was pushed."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from deploy.demo import app_store, stripe
from deploy.demo.payloads import play_store_answers as answers
from deploy.demo.tales import stays, stays_by_the_week
from streams.commands.backfill import Done, fetch
from streams.contracts import topics
from streams.contracts.codec import decode
from streams.contracts.errors import CredentialsRefusedError, TransientError
from streams.contracts.ids import AppId, StoreName
from streams.contracts.purchase import Pointer
from streams.contracts.raw import read_raw
from streams.contracts.step import Out, Record
from streams.contracts.words import Origin, Signal
from streams.lookup.history.kept import History, patiently
from streams.stores import STORES
from tests.streams.lookup import google, test_app_store, test_stripe
from tests.streams.stores.signing import APP, APP_STORE, BUNDLE_ID, KEYRING, SECRET, STRIPE

START, END = datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)


async def fetched(history: History, start: datetime = START, end: datetime = END) -> list[Out]:
    return [out async for page in history.pages(start, end) for out in page]


def as_record(out: Out) -> Record:
    value = out.value or b""
    return Record(
        topic=out.topic, partition=0, offset=0, key=None, value=value, headers=out.headers
    )


async def test_apples_history_comes_in_pages_and_proves_itself() -> None:
    beats = [
        replace(beat, subscription=replace(beat.subscription, id=number))
        for number in ("1000", "2000", "3000")
        for beat in test_app_store.life(stays_by_the_week)
    ]
    async with test_app_store.asking() as scene:
        for beat in beats:
            scene.api.tell(app_store.notification(beat, bundle_id=BUNDLE_ID))
        outs = await fetched(scene.store.history(()))

    raws = [read_raw(as_record(out)) for out in outs]
    assert len(beats) > 20
    assert len({raw.receipt_id for raw in raws}) == len(raws) == len(beats)
    assert {(raw.origin, raw.store) for raw in raws} == {(Origin.BACKFILL, APP_STORE)}
    assert {out.topic for out in outs} == {topics.RAW}


async def test_stripes_events_are_verified_like_pushed_ones() -> None:
    beats = test_stripe.life(stays)
    async with test_stripe.asking() as scene:
        events = [event for beat in beats for event in stripe.events(beat)]
        for event in events:
            scene.api.tell(event)
        outs = await fetched(scene.store.history((SECRET,)))

    raws = [read_raw(as_record(out)) for out in outs]
    payloads = [STORES[STRIPE].verify(raw, KEYRING, APP) for raw in raws]
    told = [STORES[STRIPE].decode(payload, APP)[0] for payload in payloads]
    assert {str(one.notification_id) for one in told if not hasattr(one, "ref")} == {
        event["id"] for event in events
    }
    assert {raw.receipt_id for raw in raws} == {f"backfill/{event['id']}" for event in events}


async def test_googles_voids_point_at_their_purchases() -> None:
    at = datetime(2026, 10, 3, tzinfo=UTC)
    async with google.asking() as scene:
        scene.play.put("voids", "GPA.1", answers.void("token-1", "GPA.1", at))
        (out,) = await fetched(scene.store.history(()))

    pointer = decode(out.value or b"", Pointer)
    assert (pointer.purchase_id, pointer.signal) == ("token-1", Signal.REFUNDED)
    assert pointer.origin is Origin.BACKFILL


class Kept:
    """Satisfies History: a record a day; the days that were asked for."""

    reach = timedelta(days=30)

    def __init__(self) -> None:
        self.asked: list[datetime] = []
        self.broken = False

    async def pages(self, start: datetime, end: datetime) -> AsyncIterator[list[Out]]:
        if self.broken and len(self.asked) == 2:
            raise TransientError("away")
        self.asked.append(start)
        yield [Out(topic=topics.RAW, key=None, value=b"x")]


class Topic:
    """What was written."""

    def __init__(self) -> None:
        self.written: list[Out] = []

    async def send_all(self, outs: Sequence[Out]) -> None:
        self.written += outs


async def test_an_interrupted_backfill_goes_on_with_the_first_day_that_is_not_done(
    tmp_path: Path,
) -> None:
    kept, topic = Kept(), Topic()
    start = datetime(2026, 10, 1, tzinfo=UTC)
    end = start + timedelta(days=3, hours=5)

    def done() -> Done:
        return Done.read(tmp_path, AppId("a"), StoreName("stripe"))

    kept.broken = True
    with pytest.raises(TransientError):
        await fetch(kept, topic.send_all, done(), start, end)
    kept.broken, kept.asked = False, []
    count = await fetch(kept, topic.send_all, done(), start, end)

    assert [day.day for day in kept.asked] == [3, 4]
    assert count == 2
    assert len(topic.written) == 4


def test_what_is_done_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    days = [datetime(2026, 10, n, tzinfo=UTC) for n in (1, 2, 3)]
    done = Done.read(tmp_path, AppId("a"), StoreName("stripe"))
    done.add((days[0], days[1]))
    seen = done.file.open("rb")  # as who was there when it was killed
    done.add((days[1], days[2]))
    with seen:
        assert seen.read() == b'["2026-10-01"]'
    assert Done.read(tmp_path, AppId("a"), StoreName("stripe")).has((days[1], days[2]))


async def test_a_throttled_question_is_put_again_and_refused_credentials_are_not() -> None:
    tries: list[int] = []
    refusals: list[int] = []

    async def busy() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise TransientError("busy", retry_after=timedelta(seconds=0.01))
        return "answer"

    async def refused() -> str:
        refusals.append(1)
        raise CredentialsRefusedError("403")

    with capture_logs() as logs:
        assert await patiently(busy) == "answer"
    assert [log["event"] for log in logs] == ["store_did_not_answer"] * 2, "nobody waits unknowing"
    with pytest.raises(CredentialsRefusedError):
        await patiently(refused)
    assert (len(tries), len(refusals)) == (3, 1)
