"""Members that come, go and are killed, and a broker that stops: nothing is skipped."""

import asyncio
import random
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextlib import nullcontext as does_not_raise
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from aiokafka import errors as foreign

from deploy.local.broker import Broker
from streams.contracts.errors import ConfigError
from streams.contracts.step import Out, Record
from streams.kafka.consumer import Consumer
from streams.kafka.lag import group_lags
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings
from tests.streams.kafka.conftest import MakeTopic, until

SESSION = timedelta(seconds=2)
WAIT = timedelta(milliseconds=100)


async def _load(kafka: KafkaSettings, topic: str, count: int, per_second: int) -> None:
    async with Producer(kafka, client_id="load") as producer:
        for start in range(0, count, 20):
            numbers = range(start, min(start + 20, count))
            await producer.send_all([_out(topic, number) for number in numbers])
            await asyncio.sleep(20 / per_second)


def _out(topic: str, number: int) -> Out:
    return Out(topic=topic, key=b"%d" % number, value=b"%d" % number)


@dataclass(kw_only=True)
class Member:
    """Reads, works on each record for a random while, and so gets done out of order."""

    kafka: KafkaSettings
    group: str
    topic: str
    seen: Counter[int]
    instance: str | None = None
    revoked_with: list[int] = field(default_factory=list)  # in work at each revocation
    partitions: frozenset[tuple[str, int]] = frozenset()
    working: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, leave: asyncio.Event) -> None:
        consumer = Consumer(
            self.kafka,
            group=self.group,
            topics=[self.topic],
            client_id="member",
            instance=self.instance,
            session=SESSION,
            on_revoked=lambda: self.revoked_with.append(len(self.working)),
        )
        async with consumer:
            while not leave.is_set():
                for record in await consumer.read(50, WAIT):
                    self._start(consumer, record)
                self.partitions = consumer.assignment
            if self.working:
                await asyncio.wait(self.working)

    def _start(self, consumer: Consumer, record: Record) -> None:
        task = asyncio.create_task(self._work(consumer, record))
        self.working.add(task)
        task.add_done_callback(self.working.discard)

    async def _work(self, consumer: Consumer, record: Record) -> None:
        await asyncio.sleep(random.uniform(0, 0.3))
        self.seen[int(record.value)] += 1
        consumer.done(record)


async def _lag(kafka: KafkaSettings, group: str, topic: str) -> int:
    return sum(lag.records for lag in await group_lags(kafka, [topic]) if lag.group == group)


async def test_members_that_join_and_leave_under_load_lose_nothing(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic, seen, leave = await make_topic(4), Counter[int](), asyncio.Event()
    first = Member(kafka=kafka, group=group, topic=topic, seen=seen)
    running = asyncio.create_task(first.run(leave))
    load = asyncio.create_task(_load(kafka, topic, 2500, per_second=500))
    for _visit in range(2):
        await _visit_for(1.0, Member(kafka=kafka, group=group, topic=topic, seen=seen))
        await asyncio.sleep(0.5)
    await load
    await until(lambda: len(seen) >= 2500)
    leave.set()
    await running
    assert set(seen) == set(range(2500))
    assert len(first.revoked_with) >= 2  # rebalances were seen
    assert max(first.revoked_with) > 0  # with records in flight
    assert await _lag(kafka, group, topic) == 0


async def _visit_for(seconds: float, member: Member) -> None:
    leave = asyncio.Event()
    visiting = asyncio.create_task(member.run(leave))
    await until(lambda: member.partitions)
    await asyncio.sleep(seconds)
    leave.set()
    await visiting


async def test_a_static_member_restarts_without_a_rebalance(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic, seen = await make_topic(4), Counter[int]()
    stay = Member(kafka=kafka, group=group, topic=topic, seen=seen, instance="role-0")
    move = Member(kafka=kafka, group=group, topic=topic, seen=seen, instance="role-1")
    leave_stay, leave_move = asyncio.Event(), asyncio.Event()
    staying = asyncio.create_task(stay.run(leave_stay))
    moving = asyncio.create_task(move.run(leave_move))
    await until(lambda: len(stay.partitions) == len(move.partitions) == 2)
    before, mine = len(stay.revoked_with), move.partitions
    leave_move.set()
    await moving
    again = Member(kafka=kafka, group=group, topic=topic, seen=seen, instance="role-1")
    leave_again = asyncio.Event()
    back = asyncio.create_task(again.run(leave_again))
    await _load(kafka, topic, 200, per_second=1000)
    await until(lambda: len(seen) >= 200)
    assert again.partitions == mine
    assert len(stay.revoked_with) == before
    leave_stay.set()
    leave_again.set()
    await asyncio.gather(staying, back)


async def test_a_member_killed_with_records_in_flight_skips_none(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(2)
    load = asyncio.create_task(_load(kafka, topic, 1500, per_second=500))
    async with _member(kafka, group, topic) as victim:
        first = await _lines_until(victim, "done", 900)
        victim.kill()
        first += await _rest(victim)
    in_flight = _numbers(first, "read") - _numbers(first, "done")
    assert in_flight
    async with _member(kafka, group, topic) as heir:
        second = await _lines_until_all(heir, set(range(1500)) - _numbers(first, "done"))
    await load
    assert in_flight <= _numbers(second, "read")  # delivered again
    assert _numbers(first, "done") | _numbers(second, "done") == set(range(1500))


@asynccontextmanager
async def _member(kafka: KafkaSettings, group: str, topic: str) -> AsyncIterator[Process]:
    command = ["-m", "tests.streams.kafka.member", kafka.bootstrap, group, topic]
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _lines_until(process: Process, word: str, count: int) -> list[str]:
    lines: list[str] = []
    async with asyncio.timeout(30):
        while sum(line.startswith(word) for line in lines) < count:
            lines.append(await _line(process))
    return lines


async def _lines_until_all(process: Process, missing: set[int]) -> list[str]:
    lines: list[str] = []
    left = set(missing)
    async with asyncio.timeout(40):
        while left:
            lines.append(await _line(process))
            left -= _numbers(lines[-1:], "done")
    return lines


async def _line(process: Process) -> str:
    assert process.stdout is not None
    line = await process.stdout.readline()
    assert line, "the member ended"
    return line.decode()


async def _rest(process: Process) -> list[str]:
    assert process.stdout is not None
    rest = (await process.stdout.read()).decode().splitlines()
    await process.wait()
    return rest


def _numbers(lines: list[str], word: str) -> set[int]:
    return {int(line.split()[1]) for line in lines if line.startswith(word)}


async def test_a_broker_that_stops_and_comes_back_loses_nothing(
    broker: Broker, kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic, seen, leave = await make_topic(2), Counter[int](), asyncio.Event()
    member = Member(kafka=kafka, group=group, topic=topic, seen=seen)
    running = asyncio.create_task(member.run(leave))
    load = asyncio.create_task(_load(kafka, topic, 1000, per_second=300))
    await until(lambda: len(seen) >= 200)
    assert member.working  # in flight at the fault
    await asyncio.to_thread(broker.kill)
    await asyncio.sleep(1)
    await asyncio.to_thread(broker.start)
    await load
    await until(lambda: len(seen) >= 1000)
    leave.set()
    await running
    assert set(seen) == set(range(1000))


async def test_a_commit_that_is_refused_for_good_is_raised_to_the_reader(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    await _load(kafka, topic, 20, per_second=1000)

    async def refuse(offsets: object) -> None:
        raise foreign.GroupAuthorizationFailedError(group)

    consumer = Consumer(kafka, group=group, topics=[topic], client_id="test", session=SESSION)
    async with consumer:
        for record in await consumer.read(100, WAIT):
            consumer.done(record)
        accept, consumer._client.commit = consumer._client.commit, refuse
        with pytest.raises(ConfigError, match="GroupAuthorizationFailedError"):
            await _read_until_it_raises(consumer)
        consumer._client.commit = accept


async def _read_until_it_raises(consumer: Consumer) -> None:
    async with asyncio.timeout(5):
        while True:
            await consumer.read(100, WAIT)


async def test_closing_while_the_broker_is_away_ends(
    broker: Broker, kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    await _load(kafka, topic, 20, per_second=1000)
    member = Consumer(kafka, group=group, topics=[topic], client_id="test", session=SESSION)
    with does_not_raise():
        async with asyncio.timeout(60), member as consumer:
            for record in await consumer.read(100, WAIT):
                consumer.done(record)
            await asyncio.to_thread(broker.stop)
    await asyncio.to_thread(broker.start)


async def test_a_callback_that_raises_at_a_revocation_is_raised_to_the_reader(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)

    def fail() -> None:
        raise ValueError("in the callback")

    consumer = Consumer(
        kafka, group=group, topics=[topic], client_id="a", session=SESSION, on_revoked=fail
    )
    other = Consumer(kafka, group=group, topics=[topic], client_id="b", session=SESSION)
    async with consumer, other:
        with pytest.raises(ValueError, match="in the callback"):
            await _read_until_it_raises(consumer)
