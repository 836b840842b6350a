"""The deliver role on the real broker: once each, in order, retries, dead letters, commits."""

import base64
from collections import Counter
from datetime import timedelta

from sinks.delivery.attempts import AttemptResult
from sinks.delivery.schedule import Schedule
from streams.contracts.step import Out
from streams.contracts.topics import ATTEMPTS, DELIVERIES_DEAD, EVENTS
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings
from streams.settings.secret import Secret
from tests.receiver import Receiver, Reply
from tests.sinks.delivery.deliveries import webhook
from tests.sinks.delivery.running import (
    attempts_of,
    delivering,
    events_of,
    own_app,
    publish,
    read_until,
    reading,
    to,
)
from tests.sinks.events import event

Topics = tuple[str, ...]


async def test_each_event_arrives_once_signed_and_its_attempt_is_logged(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app, secret = own_app(), "whsec_" + base64.b64encode(b"k" * 32).decode()
    told = events_of(app, 300)
    async with Receiver(secret=secret) as receiver, reading(kafka, ATTEMPTS) as log:
        signed = webhook(receiver.url, secrets=[Secret(secret)])
        async with delivering(kafka, to(receiver, app, destination=signed)):
            await publish(kafka, told)
            await receiver.arrived(300)
            attempts = await attempts_of(log, app, 300)

    assert sorted(receiver.ids()) == sorted(one.id for one in told)
    assert all(post.verified for post in receiver.posts)
    assert {(a.result, a.status, a.attempt) for a in attempts} == {
        (AttemptResult.DELIVERED, 200, 1)
    }
    assert all(a.timing.first_byte_ms for a in attempts)
    assert receiver.most_open <= 10


async def test_events_of_a_customer_arrive_in_order(kafka: KafkaSettings, topics: Topics) -> None:
    app = own_app()
    told = [
        event(f"{app}/{n}", app_id=app, customer_id=f"u-{n % 3}", sequence=n) for n in range(90)
    ]
    async with Receiver() as receiver:
        receiver.default = Reply(after=0.002)
        async with delivering(kafka, to(receiver, app)):
            await publish(kafka, told)
            posts = await receiver.arrived(90)

    for customer in range(3):
        sequences = [
            post.event["store_notifications"]["sequence"]
            for post in posts
            if post.event["app_user_id"] == f"u-{customer}"
        ]
        assert sequences == sorted(sequences)
        assert len(sequences) == 30


async def test_a_failure_comes_back_through_the_delay_topic_with_the_same_id(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    async with Receiver() as receiver, reading(kafka, ATTEMPTS) as log:
        receiver.replies.append(Reply(status=500, body=b"broken"))
        async with delivering(kafka, to(receiver, app), delay=True):
            await publish(kafka, events_of(app, 1))
            first, second = await receiver.arrived(2)
            attempts = await attempts_of(log, app, 2)

    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert 4.9 < second.at - first.at < 8
    assert [(a.attempt, a.result, a.status) for a in attempts] == [
        (1, AttemptResult.RETRY, 500),
        (2, AttemptResult.DELIVERED, 200),
    ]
    assert attempts[0].response_snippet == "broken"


async def test_after_the_last_retry_it_is_in_the_dead_letters_with_its_reason(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    once = Schedule(steps=(timedelta(seconds=1),), jitter=0.0)
    async with Receiver() as receiver, reading(kafka, DELIVERIES_DEAD) as dead:
        receiver.default = Reply(status=503)
        async with delivering(kafka, to(receiver, app, schedule=once), delay=True):
            await publish(kafka, events_of(app, 1))
            (letter,) = await read_until(dead, app, 1)

    assert len(receiver.posts) == 2
    assert letter.header("reason") == b"exhausted: http_503"
    assert letter.header("attempt") == b"2"
    assert letter.header("destination") == b"mine"


async def test_retry_after_is_waited_for(kafka: KafkaSettings, topics: Topics) -> None:
    app = own_app()
    quick = Schedule(steps=(timedelta(seconds=0.5),), jitter=0.0)
    async with Receiver() as receiver:
        receiver.replies.append(Reply(status=429, headers={"Retry-After": "3"}))
        async with delivering(kafka, to(receiver, app, schedule=quick), delay=True):
            await publish(kafka, events_of(app, 1))
            first, second = await receiver.arrived(2)

    assert 2.9 < second.at - first.at < 5.5


async def test_a_record_that_is_no_event_is_kept_and_the_others_go_on(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    async with (
        Receiver() as receiver,
        reading(kafka, DELIVERIES_DEAD) as dead,
        Producer(kafka, client_id="test") as producer,
        delivering(kafka, to(receiver, app)),
    ):
        await producer.send(Out(topic=EVENTS, key=b"u-0", value=app.encode()))
        await publish(kafka, events_of(app, 5))
        await receiver.arrived(5)
        (letter,) = await read_until(dead, app, 1)

    assert letter.value == app.encode()
    assert letter.header("reason") == b"malformed"


async def test_what_was_delivered_is_committed_and_not_sent_again_after_a_restart(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    told = events_of(app, 50)
    async with Receiver() as receiver:
        async with delivering(kafka, to(receiver, app)) as role:
            await publish(kafka, told[:40])
            await receiver.arrived(40)
        async with delivering(kafka, to(receiver, app), group=role.group):
            await publish(kafka, told[40:])
            await receiver.arrived(50)

    assert Counter(receiver.ids()) == Counter(one.id for one in told)
