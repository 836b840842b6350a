"""The deliver role on the real broker, each destination for itself: gone, hanging, filtered, shadow."""

import time
from collections import Counter
from datetime import timedelta

from sinks.delivery.attempts import AttemptResult
from sinks.delivery.breaker import BreakerPolicy
from sinks.delivery.plan import State
from sinks.delivery.standing import Decided, Decision, decision_out
from sinks.destinations.filters import Filter
from streams.contracts.event import EventType
from streams.contracts.topics import ATTEMPTS, DELIVERIES_DEAD
from streams.contracts.words import Environment, Origin
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings
from tests.receiver import Receiver, Reply, Way
from tests.sinks.delivery.deliveries import NOW, webhook
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


async def test_410_disables_the_destination_and_what_follows_is_kept(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app, name = own_app(), f"gone-{own_app()}"
    async with Receiver() as receiver, reading(kafka, DELIVERIES_DEAD) as dead:
        receiver.default = Reply(status=410)
        async with delivering(kafka, to(receiver, app, name, concurrency=1)):
            await publish(kafka, events_of(app, 1))
            first = await read_until(dead, app, 1)
            await publish(kafka, events_of(app, 3)[1:])
            others = await read_until(dead, app, 2)
        assert len(receiver.posts) == 1

        # Another process follows the decision from the topic, before its first record.
        async with delivering(kafka, to(receiver, app, name)):
            await publish(kafka, events_of(app, 4)[3:])
            later = await read_until(dead, app, 1)

        assert len(receiver.posts) == 1
        resumed = Decision(state=Decided.ACTIVE, reason="test", decided_at=NOW)
        async with Producer(kafka, client_id="test") as producer:
            await producer.send(decision_out(name, resumed))
        receiver.default = Reply()
        async with delivering(kafka, to(receiver, app, name)):
            await publish(kafka, events_of(app, 5)[4:])
            await receiver.arrived(2)

    assert [letter.header("reason") for letter in (*first, *others, *later)] == [
        b"http_410",
        b"disabled",
        b"disabled",
        b"disabled",
    ]


async def test_a_destination_that_hangs_costs_the_other_nothing(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    told = events_of(app, 600)
    async with Receiver() as healthy, Receiver() as hanging:
        hanging.default = Reply(way=Way.HANG)
        plans = (
            to(healthy, app, "healthy"),
            to(hanging, app, "hanging", timeout=timedelta(seconds=6)),
        )
        async with delivering(kafka, *plans):
            await publish(kafka, told[:1])
            await healthy.arrived(1)
            began = time.monotonic()
            await publish(kafka, told[1:])
            await healthy.arrived(600)
            took = time.monotonic() - began

    assert Counter(healthy.ids()) == Counter(one.id for one in told)
    assert hanging.most_open == 10
    assert took < 6, "the healthy one waited for the other's timeout"


async def test_an_address_that_can_not_be_looked_up_costs_the_other_nothing(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    told = events_of(app, 20)
    wrong = webhook("http://hooks..example/")  # what the check at start refuses, in an older file
    async with Receiver() as healthy, reading(kafka, ATTEMPTS) as log:
        plans = to(healthy, app, "healthy"), to(healthy, app, "wrong", destination=wrong)
        async with delivering(kafka, *plans):
            await publish(kafka, told)
            await healthy.arrived(20)
            logged = await attempts_of(log, app, 40)

    assert Counter(healthy.ids()) == Counter(one.id for one in told)
    failed = {(one.result, one.reason) for one in logged if one.destination == "wrong"}
    assert failed == {(AttemptResult.RETRY, "dns")}


async def test_a_destination_that_hangs_does_not_hold_the_commit_and_gets_its_events_later(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    told = events_of(app, 30)
    async with Receiver() as receiver:
        receiver.replies.extend([Reply(way=Way.HANG)] * 2)
        slow = to(receiver, app, concurrency=2, timeout=timedelta(seconds=1))
        async with delivering(kafka, slow, delay=True):
            await publish(kafka, told)
            await receiver.arrived_ids({one.id for one in told})

    assert set(receiver.ids()) == {one.id for one in told}
    assert receiver.most_open <= 2


async def test_an_open_breaker_sends_nothing_and_probes_when_it_has_cooled_down(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    told = events_of(app, 40)
    policy = BreakerPolicy(failures=3, successes=1, cooldown=timedelta(seconds=2))
    async with Receiver() as receiver:
        receiver.replies.extend([Reply(status=500)] * 3)
        plan = to(receiver, app, concurrency=1, breaker=policy)
        async with delivering(kafka, plan, delay=True):
            await publish(kafka, told)
            posts = await receiver.arrived(43, timeout=150)

    assert posts[3].at - posts[2].at >= policy.cooldown.total_seconds()
    counts = Counter(post.event_id for post in posts)
    assert counts == Counter(one.id for one in told) + Counter(posts[i].event_id for i in range(3))


async def test_each_destination_gets_what_its_filter_takes_and_nothing_else(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app, other = own_app(), own_app()
    told = [
        event(f"{app}/a", app_id=app),
        event(f"{app}/b", app_id=app, environment=Environment.SANDBOX),
        event(f"{app}/c", EventType.RENEWAL, app_id=app),
        event(f"{app}/d", app_id=app, extension=True),
        event(f"{app}/e", app_id=app, origin=Origin.IMPORT),
        event(f"{other}/f", app_id=other),
        event(f"{app}/last", EventType.RENEWAL, app_id=app),
    ]
    async with Receiver() as everything, Receiver() as renewals, Receiver() as sandbox:
        apps = frozenset({app})
        plans = (
            to(everything, app, "all", filter=Filter(apps=apps, extensions=True)),
            to(
                renewals,
                app,
                "renewals",
                filter=Filter(apps=apps, event_types=frozenset({EventType.RENEWAL})),
            ),
            to(
                sandbox,
                app,
                "sandbox",
                filter=Filter(apps=apps, environment=Environment.SANDBOX),
            ),
        )
        async with delivering(kafka, *plans):
            await publish(kafka, told)
            await everything.arrived(5)
            await renewals.arrived(2)
            await sandbox.arrived(1)

    letters: dict[str, str] = {one.id: one.fact[-1] for one in told}
    assert sorted(letters[i] for i in everything.ids()) == ["a", "b", "c", "d", "t"]
    assert sorted(letters[i] for i in renewals.ids()) == ["c", "t"]
    assert [letters[i] for i in sandbox.ids()] == ["b"]


async def test_in_shadow_everything_happens_but_the_sending(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    async with (
        Receiver() as receiver,
        reading(kafka, ATTEMPTS) as log,
        delivering(kafka, to(receiver, app, state=State.SHADOW)),
    ):
        await publish(kafka, events_of(app, 1))
        (attempt,) = await attempts_of(log, app, 1)

    assert attempt.result is AttemptResult.SHADOW
    assert attempt.request_bytes > 500
    assert receiver.posts == []
