"""Dead letters of forwards: listed, and forwarded again once, with those of events."""

import asyncio

from sinks.delivery.open_letters import DEAD, open_letters
from sinks.delivery.replay import Replay, Replayed, Selection
from sinks.delivery.schedule import Schedule
from streams.kafka.producer import Producer
from streams.observe import clock
from streams.settings.kafka import KafkaSettings
from tests.receiver import Receiver, Reply
from tests.sinks.delivery.running import own_app
from tests.sinks.forward.genuine import notification
from tests.sinks.forward.running import RECEIPT, forwarding, plans, publish

Topics = tuple[str, ...]
NO_RETRY = Schedule(steps=(), jitter=0.0)


async def replay(kafka: KafkaSettings, app: str, *, events: bool = False) -> Replayed:
    of_app = plans("http://127.0.0.1:9/", app)
    names = frozenset(plan.name for plan in of_app)
    async with Producer(kafka, client_id="test") as producer:
        one = Replay(
            kafka,
            Selection(destinations=names),
            (),
            now=clock.now(),
            forwards=of_app,
            producer=producer,
        )
        return await (one.events if events else one.dead_letters)(lambda _at, _of: None)


async def listed(kafka: KafkaSettings, app: str) -> list[tuple[str, str]]:
    return [
        (one.event, one.reason)
        for topic in DEAD
        async for letters in open_letters(kafka, topic, lambda _at, _of: None)
        for one in letters
        if f"/{app}/" in one.destination
    ]


async def test_a_dead_letter_of_a_forward_is_listed_and_forwarded_again_once(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    raw = notification("play_store")
    async with Receiver() as receiver:
        receiver.replies.append(Reply(status=503))
        async with forwarding(kafka, *plans(receiver.url, app, NO_RETRY)):
            await publish(kafka, app, [raw])
            await receiver.arrived(1)
            async with asyncio.timeout(20):
                while not (dead := await listed(kafka, app)):  # noqa: ASYNC110 - the broker's own word
                    await asyncio.sleep(0.1)
            first = await replay(kafka, app)
            _, again = await receiver.arrived(2)
        after, second = await listed(kafka, app), await replay(kafka, app)

    assert dead == [(f"{raw.receipt_id} NOTIFICATION", "exhausted: http_503")]
    assert first.found == {(f"forward/{app}/play_store", "NOTIFICATION"): 1}
    assert again.body == raw.body
    assert again.headers[RECEIPT] == raw.receipt_id
    assert again.headers["x-store-notifications-replay"] == "true"
    assert "authorization" not in again.headers
    assert (after, second.total) == ([], 0)


async def test_events_are_never_replayed_to_a_forward(kafka: KafkaSettings, topics: Topics) -> None:
    replayed = await replay(kafka, own_app(), events=True)

    assert replayed.total == 0
