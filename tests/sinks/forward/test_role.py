"""The role forward on the real broker: what arrives, what never does, retries, dead letters, log."""

import asyncio
from datetime import timedelta

import structlog
from aiokafka import AIOKafkaConsumer

from sinks.delivery.attempts import AttemptResult
from sinks.delivery.schedule import Schedule
from streams.contracts.raw import read_raw
from streams.contracts.step import Record
from streams.contracts.topics import ATTEMPTS, FORWARDS_DEAD
from streams.kafka.records import as_record
from streams.observe import clock
from streams.settings.kafka import KafkaSettings
from tests.receiver import Receiver, Reply
from tests.sinks.delivery.running import attempts_of, own_app, reading
from tests.sinks.forward.genuine import forged, notification
from tests.sinks.forward.running import RECEIPT, STORES, forwarding, plans, publish

Topics = tuple[str, ...]


async def test_a_genuine_one_of_any_store_arrives_as_it_came_and_a_forged_one_never(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    genuine = [notification(store, number) for store in STORES for number in range(20)]
    posted = [*map(forged, STORES), *genuine, *map(forged, STORES)]
    async with Receiver() as receiver, reading(kafka, ATTEMPTS) as log:
        async with forwarding(kafka, *plans(receiver.url, app)):
            let_through = await publish(kafka, app, posted)
            await receiver.arrived(len(genuine))
            await asyncio.sleep(0.5)
        attempts = await attempts_of(log, app, len(genuine))

    assert let_through == len(genuine)
    arrived = {post.headers[RECEIPT]: post for post in receiver.posts}
    assert len(receiver.posts) == len(arrived) == len(genuine)
    for raw in genuine:
        post = arrived[raw.receipt_id]
        assert post.body == raw.body
        assert post.headers["content-type"] == raw.request_header("content-type")
        assert post.headers.get("stripe-signature") == raw.request_header("stripe-signature")
        assert {"authorization", "x-api-key"}.isdisjoint(post.headers)
    assert {(a.destination_type, a.event_type, a.result) for a in attempts} == {
        ("forward", "NOTIFICATION", AttemptResult.DELIVERED)
    }
    assert {str(a.event_id) for a in attempts} == {str(raw.receipt_id) for raw in genuine}


async def test_nobody_s_content_type_is_made_up(kafka: KafkaSettings, topics: Topics) -> None:
    app = own_app()
    raw = notification("app_store")
    bare = type(raw)(
        **{name: getattr(raw, name) for name in raw.__slots__} | {"request_headers": ()}
    )
    async with Receiver() as receiver, forwarding(kafka, *plans(receiver.url, app)):
        await publish(kafka, app, [bare])
        (post,) = await receiver.arrived(1)

    assert "content-type" not in post.headers
    assert post.body == raw.body


async def test_a_retry_past_the_signature_s_tolerance_is_the_same_post_and_says_so(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    raw = notification(received_at=None)
    async with Receiver() as receiver, reading(kafka, ATTEMPTS) as log:
        receiver.replies.append(Reply(status=500, body=b"broken"))
        with structlog.testing.capture_logs() as said:
            async with forwarding(kafka, *plans(receiver.url, app), delay=True):
                await publish(kafka, app, [raw])
                first, second = await receiver.arrived(2)
                attempts = await attempts_of(log, app, 2)

    assert first.body == second.body == raw.body
    assert first.headers[RECEIPT] == second.headers[RECEIPT] == raw.receipt_id
    assert first.headers["stripe-signature"] == second.headers["stripe-signature"]
    assert 4.9 < second.at - first.at < 8
    assert [(a.attempt, a.result) for a in attempts] == [
        (1, AttemptResult.RETRY),
        (2, AttemptResult.DELIVERED),
    ]
    assert clock.now() - raw.received_at > timedelta(days=1), "the fixture is old enough"
    for attempt in attempts:
        assert "past the tolerance of stripe's signature" in attempt.detail
    warned = [one for one in said if one["event"] == "forwarded_past_signature_tolerance"]
    assert [one["receipt_id"] for one in warned] == [raw.receipt_id] * 2


async def test_after_the_last_retry_it_is_kept_whole_in_the_dead_letters(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    raw = notification("play_store")
    once = Schedule(steps=(timedelta(seconds=1),), jitter=0.0)
    async with Receiver() as receiver, reading(kafka, FORWARDS_DEAD) as dead:
        receiver.default = Reply(status=503)
        async with forwarding(kafka, *plans(receiver.url, app, once), delay=True):
            await publish(kafka, app, [raw])
            letter = await _letter(dead, app)

    assert len(receiver.posts) == 2
    assert letter.value == raw.body
    assert letter.header("reason") == b"exhausted: http_503"
    assert letter.header("destination") == f"forward/{app}/play_store".encode()
    assert read_raw(letter).receipt_id == raw.receipt_id


async def test_a_receiver_that_hangs_keeps_no_other_waiting(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    async with Receiver() as slow, Receiver() as quick:
        slow.default = Reply(after=30)
        (apple, *_), (_, _, stripe) = plans(slow.url, app, timeout="1s"), plans(quick.url, app)
        async with forwarding(kafka, apple, stripe):
            hanging = [notification("app_store", number) for number in range(30)]
            await publish(kafka, app, [*hanging, notification("stripe")])
            (post,) = await quick.arrived(1, timeout=5)

    assert post.headers[RECEIPT] == "receipt-stripe-1"


async def _letter(client: AIOKafkaConsumer, app: str) -> Record:
    async with asyncio.timeout(30):
        while True:
            found = await client.getmany(timeout_ms=500)
            for batch in found.values():
                for one in map(as_record, batch):
                    if app.encode() in (one.header("destination") or b""):
                        return one
