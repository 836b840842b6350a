"""The deliver process killed, stopped and cut off from its broker while deliveries are under way."""

import asyncio
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from deploy.local.broker import Broker
from streams.contracts.event import Event
from streams.contracts.topics import DELIVERIES, EVENTS
from streams.kafka.lag import group_lags
from streams.settings.kafka import KafkaSettings
from tests.receiver import Receiver, Reply
from tests.sinks.delivery.running import (
    begin_at_end,
    delaying,
    delivering,
    events_of,
    own_app,
    publish,
    to,
)

pytestmark = pytest.mark.faults
Topics = tuple[str, ...]
CONCURRENCY = 10
ANSWER = 0.02  # seconds: at most 500 deliveries a second, so that many are always waiting


class Killable:
    """The role in a process, started again by the test after each fault."""

    def __init__(self, kafka: KafkaSettings, receiver: Receiver, app: str) -> None:
        self.group = f"deliver-{uuid4().hex[:12]}"
        self._kafka = kafka
        self._arguments = (kafka.bootstrap, self.group, receiver.url, app)
        self._process: Process | None = None

    async def start(self) -> None:
        module = "tests.sinks.delivery.deliver_process"
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *self._arguments, stderr=DEVNULL
        )

    async def end(self, number: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return await self._process.wait()

    async def lag(self) -> int:
        lags = await group_lags(self._kafka)
        return sum(one.records for one in lags if one.group == self.group)

    async def caught_up(self) -> None:
        async with asyncio.timeout(60):
            while await self.lag():  # noqa: ASYNC110 - the broker's own word
                await asyncio.sleep(0.2)


@asynccontextmanager
async def killable(kafka: KafkaSettings, receiver: Receiver, app: str) -> AsyncIterator[Killable]:
    made = Killable(kafka, receiver, app)
    await begin_at_end(kafka, made.group, (EVENTS, DELIVERIES))
    await made.start()
    try:
        yield made
    finally:
        await made.end(signal.SIGTERM)


def check(receiver: Receiver, told: list[Event]) -> int:
    """Every event is here, nothing else is, copies are equal; gives how many copies there are."""
    assert set(receiver.ids()) == {one.id for one in told}
    bodies = {(post.event_id, post.body) for post in receiver.posts}
    assert len(bodies) == len(told), "a copy differs from its original"
    assert all(post.headers["webhook-id"] == post.event_id for post in receiver.posts)
    return len(receiver.posts) - len(told)


async def test_kill_9_loses_no_event_and_repeats_only_what_was_not_committed(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    told = events_of(app, 1500)
    replayed = False
    async with Receiver() as receiver, delaying(kafka):
        receiver.default = Reply(after=ANSWER)
        async with killable(kafka, receiver, app) as role:
            await publish(kafka, told)
            for _ in range(3):
                await receiver.arrived(len(receiver.posts) + 250, timeout=60)
                assert receiver.open, "nothing was under way at the fault"
                await role.end(signal.SIGKILL)
                before = set(receiver.ids())
                assert len(before) < len(told)
                await role.start()
                await receiver.arrived(len(receiver.posts) + 50, timeout=60)
                replayed = replayed or not before.isdisjoint(receiver.ids()[-50:])
            await receiver.arrived_ids({one.id for one in told}, timeout=90)
            await role.caught_up()

    copies = check(receiver, told)
    assert replayed, "no replay was seen, so the test has shown nothing"
    # A commit every second: what one second delivers, and what was under way, for each kill.
    assert copies <= 3 * (int(1.5 / ANSWER) * CONCURRENCY + CONCURRENCY)
    assert max(Counter(receiver.ids()).values()) <= 4


async def test_sigterm_lets_what_is_under_way_end_and_repeats_nothing(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    told = events_of(app, 800)
    async with Receiver() as receiver, delaying(kafka):
        receiver.default = Reply(after=ANSWER)
        async with killable(kafka, receiver, app) as role:
            await publish(kafka, told)
            for _ in range(2):
                await receiver.arrived(len(receiver.posts) + 200, timeout=60)
                assert receiver.open, "nothing was under way at the fault"
                assert await role.end(signal.SIGTERM) == 0
                await role.start()
            await receiver.arrived_ids({one.id for one in told}, timeout=90)

    assert check(receiver, told) == 0


async def test_a_broker_that_stops_for_a_while_loses_nothing(
    broker: Broker, kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    told = events_of(app, 600)
    async with Receiver() as receiver:
        receiver.default = Reply(after=ANSWER)
        async with delivering(kafka, to(receiver, app), delay=True):
            await publish(kafka, told)
            await receiver.arrived(150, timeout=60)
            await asyncio.to_thread(broker.stop)
            assert len(set(receiver.ids())) < len(told)
            await asyncio.sleep(3)
            await asyncio.to_thread(broker.start)
            await receiver.arrived_ids({one.id for one in told}, timeout=90)

    check(receiver, told)
