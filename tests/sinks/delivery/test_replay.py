"""Replays on the real broker: what is chosen, that it says what it is, and that it happens once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sinks.delivery.delivery import HEADER_REPLAY, Delivery, OpenRecord, dead_out
from sinks.delivery.plan import Plan
from sinks.delivery.replay import Replay, Replayed, Selection
from sinks.delivery.standing import MISSED, Decided, Decision, decision_out
from sinks.destinations.filters import Filter
from streams.contracts.event import EventType
from streams.contracts.step import Out
from streams.contracts.topics import DELIVERIES, DELIVERIES_DEAD, EVENTS
from streams.contracts.words import Environment
from streams.kafka.producer import Producer
from streams.observe import clock
from streams.settings.kafka import KafkaSettings
from tests.receiver import Receiver, Reply
from tests.sinks.delivery.deliveries import NOW, plan, record_of
from tests.sinks.delivery.running import (
    delivering,
    events_of,
    own_app,
    publish,
    read_until,
    reading,
    to,
)
from tests.sinks.events import event
from tests.streams.kafka.conftest import read_all

Topics = tuple[str, ...]


def takes(app: str, name: str = "mine", **fields: Any) -> Plan:  # noqa: ANN401 - any field of Filter
    return plan(name, filter=Filter(apps=frozenset({app}), **fields))


async def replay(
    kafka: KafkaSettings, selection: Selection, *plans: Plan, dead: bool = False, dry: bool = False
) -> Replayed:
    async with Producer(kafka, client_id="test") as producer:
        one = Replay(kafka, selection, plans, now=NOW, producer=None if dry else producer)
        read = one.dead_letters if dead else one.events
        return await read(lambda _at, _of: None)


async def test_an_event_is_delivered_again_with_its_id_and_says_that_it_is_a_replay(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    told = events_of(app, 3)
    async with Receiver() as receiver, delivering(kafka, to(receiver, app)):
        await publish(kafka, told)
        await receiver.arrived(3)
        replayed = await replay(kafka, Selection(ids=frozenset({told[1].id})), takes(app))
        posts = await receiver.arrived(4)

    assert replayed.total == 1
    assert posts[3].event_id == told[1].id
    assert posts[3].headers["webhook-id"] == told[1].id
    assert posts[3].headers["x-store-notifications-replay"] == "true"
    (original,) = (post for post in posts[:3] if post.event_id == told[1].id)
    assert original.body == posts[3].body
    assert "x-store-notifications-replay" not in original.headers


async def test_a_replay_that_fails_is_retried_and_still_a_replay(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    told = events_of(app, 1)
    await publish(kafka, told)
    async with Receiver() as receiver, delivering(kafka, to(receiver, app), delay=True):
        receiver.replies.append(Reply(status=503))
        await replay(kafka, Selection(destinations=frozenset({"mine"})), takes(app))
        posts = await receiver.arrived(2)

    assert [post.headers.get("x-store-notifications-replay") for post in posts] == ["true"] * 2


async def test_a_filter_holds_for_replays_and_types_and_destinations_narrow_them(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    told = [
        event(f"{app}/a", app_id=app),
        event(f"{app}/b", EventType.RENEWAL, app_id=app),
        event(f"{app}/c", EventType.RENEWAL, app_id=app, environment=Environment.SANDBOX),
        event(f"{app}/d", EventType.RENEWAL, app_id=app, extension=True),
    ]
    await publish(kafka, told)
    plans = takes(app, "all"), takes(app, "sandbox", environment=Environment.SANDBOX)
    renewals = Selection(types=frozenset({EventType.RENEWAL}))

    of_both = await replay(kafka, renewals, *plans, dry=True)
    one = Selection(destinations=frozenset({"sandbox"}))
    of_one = await replay(kafka, one, *plans, dry=True)

    assert of_both.found == {("all", "RENEWAL"): 2, ("sandbox", "RENEWAL"): 1}
    assert of_one.found == {("sandbox", "RENEWAL"): 1}


async def test_a_time_range_is_of_when_the_event_was_published(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    await publish(kafka, events_of(app, 5))
    stamps = [r.timestamp_ms for r in await read_all(kafka, EVENTS) if app.encode() in r.value]
    first, last = (datetime.fromtimestamp(at / 1000, UTC) for at in (min(stamps), max(stamps)))
    moment = timedelta(milliseconds=1)

    async def count(**fields: Any) -> int:  # noqa: ANN401 - any field of Selection
        found = await replay(kafka, Selection(**fields), takes(app), dry=True)
        return found.total

    assert await count(since=first, until=last + moment) == 5
    assert await count(since=last + moment) == 0
    assert await count(until=first) == 0


async def test_a_dry_run_sends_nothing(kafka: KafkaSettings, topics: Topics) -> None:
    app = own_app()
    await publish(kafka, events_of(app, 4))

    found = await replay(kafka, Selection(), takes(app), dry=True)

    assert found.total == 4
    assert not [r for r in await read_all(kafka, DELIVERIES) if app.encode() in r.value]


async def test_dead_letters_are_replayed_by_reason_and_each_once(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app, name = own_app(), f"dead-{own_app()}"
    await publish_dead(kafka, app, name, {"exhausted: http_503": 3, "paused": 2, "bug": 1})
    exhausted = Selection(destinations=frozenset({name}), reasons=frozenset({"exhausted"}))
    everything = Selection(destinations=frozenset({name}))
    one = takes(app, name)

    first = await replay(kafka, exhausted, one, dead=True)
    rest = await replay(kafka, everything, one, dead=True)
    nothing = await replay(kafka, everything, one, dead=True)

    assert (first.total, rest.total, nothing.total) == (3, 3, 0)
    sent = [r for r in await read_all(kafka, DELIVERIES) if app.encode() in r.value]
    assert len(sent) == 6
    assert {r.header(HEADER_REPLAY) for r in sent} == {b"1"}
    assert {r.header("attempt") for r in sent} == {b"0"}


async def test_an_event_that_is_dead_twice_for_one_destination_is_replayed_once(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app, name = own_app(), f"dead-{own_app()}"
    for _ in range(2):  # as a killed process leaves it
        await publish_dead(kafka, app, name, {"paused": 2})
    mine = Selection(destinations=frozenset({name}))

    first = await replay(kafka, mine, takes(app, name), dead=True)
    again = await replay(kafka, mine, takes(app, name), dead=True)

    assert (first.total, again.total) == (2, 0)


async def test_what_dies_again_after_its_replay_can_be_replayed_again(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app, name = own_app(), f"dead-{own_app()}"
    mine = Selection(destinations=frozenset({name}))
    totals = []
    for _ in range(2):
        await publish_dead(kafka, app, name, {"bug": 1})
        totals.append((await replay(kafka, mine, takes(app, name), dead=True)).total)

    assert totals == [1, 1]


async def test_a_filter_that_was_narrowed_since_holds_for_dead_letters_too(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app, name = own_app(), f"dead-{own_app()}"
    await publish_dead(kafka, app, name, {"paused": 2})
    mine = Selection(destinations=frozenset({name}))

    sandbox = takes(app, name, environment=Environment.SANDBOX)
    left = await replay(kafka, mine, sandbox, dead=True)
    sent = await replay(kafka, mine, takes(app, name), dead=True)

    assert (left.total, left.filtered[name]) == (0, 2)
    assert sent.total == 2, "what was left can be replayed when the filter takes it again"


async def test_letters_of_a_destination_that_is_gone_and_of_no_event_are_told_and_left(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app, name = own_app(), f"dead-{own_app()}"
    await publish_dead(kafka, app, name, {"paused": 2})
    headers = (("destination", name.encode()), ("reason", b"malformed"))
    junk = Out(topic=DELIVERIES_DEAD, key=b"u", value=b"no event", headers=headers)
    async with Producer(kafka, client_id="test") as producer:
        await producer.send(junk)

    left = await replay(kafka, Selection(), takes(app, "another"), dead=True, dry=True)

    assert left.total == 0
    assert left.skipped[name] == 2
    assert left.unreadable >= 1


@pytest.mark.parametrize("reason", ["paused", "exhausted: http_503", "exhausted", "http_503"])
async def test_a_reason_may_be_named_wholly_or_in_part(
    kafka: KafkaSettings, topics: Topics, reason: str
) -> None:
    app, name = own_app(), f"dead-{own_app()}"
    await publish_dead(kafka, app, name, {"exhausted: http_503": 1, "paused": 1, "bug": 1})
    selection = Selection(destinations=frozenset({name}), reasons=frozenset({reason}))

    assert (await replay(kafka, selection, takes(app, name), dead=True, dry=True)).total == 1


async def test_what_was_missed_while_disabled_arrives_after_resume(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app, name = own_app(), f"gone-{own_app()}"
    told = events_of(app, 5)
    resumed = Decision(state=Decided.ACTIVE, reason="test", decided_at=NOW)
    missed = Selection(destinations=frozenset({name}), reasons=MISSED)
    async with Receiver() as receiver, reading(kafka, DELIVERIES_DEAD) as dead:
        receiver.default = Reply(status=410)
        async with delivering(kafka, to(receiver, app, name, concurrency=1), delay=True):
            await publish(kafka, told)
            await read_until(dead, app, 5)
            receiver.default = Reply()
            before = len(receiver.posts)
            async with Producer(kafka, client_id="test") as producer:
                await producer.send(decision_out(name, resumed))
                one = Replay(
                    *(kafka, missed, [takes(app, name)]),
                    now=clock.now(),
                    producer=producer,
                    after=timedelta(seconds=2),
                )
                replayed = await one.dead_letters(lambda _at, _of: None)
            posts = await receiver.arrived(before + 5)

    assert replayed.total == 5
    assert {post.event_id for post in posts[before:]} == {one.id for one in told}
    assert all("x-store-notifications-replay" in post.headers for post in posts[before:])


async def publish_dead(kafka: KafkaSettings, app: str, name: str, reasons: dict[str, int]) -> None:
    """Letters as deliver writes them, of events that are the same in every call."""
    outs = []
    for reason, count in reasons.items():
        for number in range(count):
            told = event(f"{app}/{reason}/{number}", app_id=app, customer_id=f"u-{number}")
            one = Delivery(
                event=told,
                destination=name,
                first_at=NOW,
                open=OpenRecord(record_of(told), read_at=0.0),
            )
            outs.append(dead_out(one, attempts=1, reason=reason, detail=""))
    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all(outs)
