"""Two replays of the same dead letters at the same time: each letter is sent by one of them."""

import asyncio

from sinks.delivery.replay import Replayed, Selection
from sinks.delivery.replaying import Wish, replay
from sinks.delivery.standing import Standing
from streams.contracts.topics import DELIVERIES
from streams.settings.kafka import KafkaSettings
from tests.sinks.delivery.running import own_app
from tests.sinks.delivery.test_replay import publish_dead, takes
from tests.streams.kafka.conftest import read_all


async def test_the_second_waits_and_finds_nothing_left(
    kafka: KafkaSettings, topics: tuple[str, ...]
) -> None:
    app, name = own_app(), f"dead-{own_app()}"
    await publish_dead(kafka, app, name, {"paused": 30})
    wish = Wish(selection=Selection(destinations=frozenset({name})), dead=True, dry_run=False)
    waited: list[str] = []

    async def one(who: str) -> Replayed:
        return await replay(
            *(kafka, wish, [takes(app, name)], Standing(), lambda _at, _of: None),
            waits=lambda: waited.append(who),
        )

    replayed = await asyncio.gather(one("first"), one("second"))

    assert sorted(each.total for each in replayed) == [0, 30]
    assert waited, "it is said to who waits"
    sent = [r for r in await read_all(kafka, DELIVERIES) if app.encode() in r.value]
    assert len(sent) == 30
