"""The demo's whole business through the four pure steps: every event once, and nothing else.

No broker, no process: what fails here is a disagreement of stores, track and identify with the
script, and not of the machinery.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.demo import google_life
from deploy.demo.expected import expected
from deploy.demo.google_play import GooglePlay
from deploy.demo.happening import PLAY_STORE, Happening, Tracked
from deploy.demo.keys import Keys, kept_keys
from deploy.demo.play import Part, messages, part_of
from deploy.demo.played import Played, begin
from deploy.demo.posts import Message, Stores
from deploy.demo.project import write_project
from deploy.demo.put import Put
from deploy.demo.rates import invented
from deploy.demo.signers.google_account import new_key
from streams.agents import Context
from streams.contracts import topics
from streams.contracts.codec import decode, encode
from streams.contracts.ids import AppId, CustomerId, ReceiptId, StoreName
from streams.contracts.money import Rate
from streams.contracts.outcome import OutcomeKind
from streams.contracts.project import App
from streams.contracts.purchase import Pointer, PostedPurchase
from streams.contracts.raw import RawNotification, raw_headers
from streams.contracts.step import Out, Record
from streams.contracts.words import Environment, Origin
from streams.lookup.answering import Answering
from streams.lookup.play_store import PlayStoreLookup
from streams.lookup.play_store_api import PlayStoreApi
from streams.normalize.money import RateTable
from streams.settings.project_file import load_project
from tests.e2e.in_memory import Pipeline
from tests.e2e.in_process import GoogleInProcess

_NOW = datetime.now(UTC)
_APP = AppId("tidepool")


def _context(folder: Path, keys: Keys, played: Played) -> Context:
    file = load_project(write_project(folder, keys, "http://127.0.0.1:1"), {})
    rates = RateTable()
    for (currency, day), micros in invented(played.first_day.date(), _NOW.date()).items():
        rates.add(Rate(currency=currency, day=day.isoformat(), usd_micros=micros))
    published = {keys.google.name: keys.google.published()}
    keyring = replace(file.keyring(), published=published)
    return Context(project=file.project, now=lambda: _NOW, keyring=keyring, rates=rates)


def _post(message: Message, number: int) -> Out:
    now = datetime.now(UTC)  # as the tokens in it were made just now
    raw = RawNotification(
        receipt_id=ReceiptId(f"receipt-{number}"),
        app_id=_APP,
        store=StoreName(message.store),
        environments=tuple(Environment),
        token_hint="abcdef",
        received_at=now,
        origin=Origin.NOTIFICATION,
        request_headers=tuple((k.lower(), v) for k, v in message.headers(now).items()),
        body=message.body,
    )
    return Out(topic=topics.RAW, key=None, value=message.body, headers=raw_headers(raw))


def _track(first: Happening) -> Out:
    subscription = first.subscription
    posted = PostedPurchase(
        tracking_id=ReceiptId(f"tracking-{subscription.id}"),
        app_id=_APP,
        store=StoreName(subscription.store),
        customer_id=CustomerId(subscription.customer),
        received_at=_NOW,
        origin=Origin.POST,
        environment=Environment(subscription.environment),
        purchase_id=subscription.id,
    )
    return Out(topic=topics.POSTED, key=None, value=encode(posted))


def _written(part: Part, stores: Stores, play: GooglePlay) -> Iterator[Out]:
    """Google's API knows each thing before it is told."""
    for first in part.beginnings(Tracked.AT_START):
        if first.subscription.store == PLAY_STORE:
            _put(play, google_life.puts(first))
        yield _track(first)
    for number, (_, message) in enumerate(messages(part, stores)):
        if message.store == PLAY_STORE:
            _put(play, message.puts)
        yield _post(message, number)
    yield _post(stores.connection_check(_NOW), -1)
    yield from (_track(first) for first in part.beginnings(Tracked.LATE))


def _put(play: GooglePlay, puts: Iterable[Put]) -> None:
    for put in puts:
        play.put(*put)


def _looking_up(
    app: App, play: GooglePlay, runner: asyncio.Runner
) -> Callable[[Record], tuple[Out, ...]]:
    lookup = PlayStoreLookup(app, PlayStoreApi(GoogleInProcess(play), "com.example.tidepool"))
    answering = Answering(lookups={(_APP, StoreName(PLAY_STORE)): lookup})

    def look_up(record: Record) -> tuple[Out, ...]:
        return runner.run(answering.answer(record, decode(record.value, Pointer)))

    return look_up


@pytest.fixture(scope="module")
def part() -> Part:
    return part_of(begin(_NOW).business(_NOW), None)


@pytest.fixture(scope="module")
def pipeline(part: Part, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """After the whole business has been played."""
    folder = tmp_path_factory.mktemp("keys")
    keys = kept_keys(folder, "http://127.0.0.1:2")
    play = GooglePlay(package="com.example.tidepool", account=new_key().public_key())
    with asyncio.Runner() as runner:
        context = _context(folder, keys, begin(_NOW))
        looking_up = _looking_up(context.project.app(_APP), play, runner)
        filled = Pipeline(context, looking_up)
        for out in _written(part, Stores(keys), play):
            filled.put(out)
    return filled


def test_every_expected_event_comes_out_and_no_other(pipeline: Pipeline, part: Part) -> None:
    told = Counter((e.purchase_key.split("/")[-1], e.type.value) for e in pipeline.events)
    assert told == expected(part.happenings)


def test_every_event_comes_out_once(pipeline: Pipeline) -> None:
    assert set(Counter(e.id for e in pipeline.events).values()) == {1}


def test_every_price_is_known_in_usd(pipeline: Pipeline) -> None:
    assert pipeline.events
    assert [event for event in pipeline.events if event.price_usd_micros is None] == []


def test_every_forgery_is_refused_and_nothing_genuine_is(pipeline: Pipeline, part: Part) -> None:
    refused = [o for o in pipeline.outcomes if o.kind is OutcomeKind.REJECTED]
    forged = len(part.forged)
    assert len(refused) == forged
    assert {outcome.reason for outcome in refused} == {"signature", "wrong_app"}
    assert len(pipeline.out[topics.DEAD]) == forged


def test_what_nobody_tracks_waits_and_what_is_tracked_late_has_come_out(
    pipeline: Pipeline, part: Part
) -> None:
    released = [o for o in pipeline.outcomes if o.origin is Origin.PARKED and o.tracked]
    ids = {outcome.purchase_key.split("/")[-1] for outcome in released}
    assert {one.subscription.id for one in part.beginnings(Tracked.LATE)} <= ids
    assert not {one.subscription.id for one in part.beginnings(Tracked.NEVER)} & ids


def test_every_message_of_google_is_answered_by_its_api(pipeline: Pipeline) -> None:
    waiting = [o for o in pipeline.outcomes if o.kind is OutcomeKind.NEEDS_CREDENTIALS]
    assert waiting == []
    assert len(pipeline.out[topics.POINTERS]) > 100
    checks = [o for o in pipeline.outcomes if o.kind is OutcomeKind.TEST]
    assert [check.connection_check for check in checks] == [True]


def test_the_history_starts_ninety_days_ago(part: Part) -> None:
    assert timedelta(days=85) < _NOW - part.happenings[0].at <= timedelta(days=91)
