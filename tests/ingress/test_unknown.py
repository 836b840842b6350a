"""Posts to tokens that no app has are counted and told, so that a mistyped URL is found."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from ingress.publisher import Publisher
from ingress.unknown import UnknownTokens
from streams.contracts.codec import decode
from streams.contracts.ids import StoreName
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.topics import OUTCOMES
from streams.contracts.words import Origin
from streams.settings.kafka import KafkaSettings
from tests.ingress.doors import STRIPE, Tail, open_notifications


@pytest.fixture
def _topics(topics: tuple[str, ...]) -> None:
    """The topics exist."""


@pytest.mark.usefixtures("_topics")
async def test_what_was_counted_is_told_for_each_store_when_the_door_closes(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    async with Tail(kafka, OUTCOMES) as outcomes:
        async with open_notifications(kafka, tmp_path) as door:
            for path in ("stripe/x", "stripe/y", "app_store/z", f"app_store/{STRIPE}"):
                await door.post(b"{}", f"/v1/notifications/{path}")
            await door.session.get(door.at("/v1/notifications/stripe/only-a-look"))
            await door.post(b"{}", "/v1/notifications/no-store/x")
        told = {record.key: decode(record.value, Outcome) for record in await outcomes.read()}
    assert set(told) == {b"-/stripe", b"-/app_store"}
    assert {outcome.count for outcome in told.values()} == {2}
    assert {outcome.kind for outcome in told.values()} == {OutcomeKind.UNKNOWN_TOKEN}
    assert {(o.app_id, o.origin, o.tracked) for o in told.values()} == {
        ("-", Origin.NOTIFICATION, False)
    }


@pytest.mark.usefixtures("_topics")
async def test_it_is_told_every_so_often_and_counted_once(kafka: KafkaSettings) -> None:
    publisher = Publisher(kafka, client_id="test", deadline=timedelta(seconds=3))
    unknown = UnknownTokens(publisher, every=0.2)
    async with Tail(kafka, OUTCOMES) as outcomes, publisher.running(), unknown.telling():
        unknown.count(StoreName("stripe"))
        await asyncio.sleep(0.7)
        unknown.count(StoreName("stripe"))
        await asyncio.sleep(0.5)
        counts = [decode(record.value, Outcome).count for record in await outcomes.read()]
    assert sum(counts) == 2
    assert len(counts) == 2
