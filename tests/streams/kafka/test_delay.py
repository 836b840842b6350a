"""The delay role on a real broker: in time, in order of time, down the steps, losing nothing."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from deploy.local.broker import Broker
from streams.contracts import topics as contract
from streams.contracts.errors import TransientError
from streams.contracts.step import Out, Record
from streams.kafka.consumer import Consumer
from streams.kafka.delay import Delay, delayed
from streams.kafka.delay_window import Window
from streams.kafka.lag import group_lags
from streams.kafka.producer import Producer
from streams.observe import clock
from streams.settings.kafka import KafkaSettings
from tests.streams.kafka.conftest import MakeTopic, read_all, until

SESSION = timedelta(seconds=2)
LATE = 0.45  # seconds: less than one more turn through the shortest step would cost


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A role with short steps, and a reader of its target that notes when each record came."""

    kafka: KafkaSettings
    role: Delay
    target: str
    producer: Producer
    arrived: dict[bytes, tuple[datetime, Record]]

    async def delay(self, name: bytes, seconds: float) -> datetime:
        """Send `name` into the steps; gives when it is due."""
        now = clock.now()
        due_at = now + timedelta(seconds=seconds)
        out = Out(topic=self.target, key=name, value=name, headers=(("kind", b"due"),))
        await self.producer.send(delayed(out, due_at=due_at, now=now, steps=self.role.steps))
        return due_at

    def lateness(self, name: bytes, due_at: datetime) -> float:
        """Seconds from its due time to its arrival."""
        return (self.arrived[name][0] - due_at).total_seconds()


@pytest.fixture
async def scene(kafka: KafkaSettings, make_topic: MakeTopic, group: str) -> AsyncIterator[Scene]:
    target = await make_topic(2)
    steps = {
        await make_topic(2): timedelta(seconds=0.5),
        await make_topic(2): timedelta(seconds=2),
        await make_topic(2): timedelta(hours=1),
    }
    async with _scene(kafka, group, target, steps) as made:
        yield made


@asynccontextmanager
async def _scene(
    kafka: KafkaSettings, group: str, target: str, steps: Mapping[str, timedelta]
) -> AsyncIterator[Scene]:
    role = Delay(kafka=kafka, group=group, steps=steps, targets={target}, session=SESSION)
    arrived: dict[bytes, tuple[datetime, Record]] = {}
    async with (
        Producer(kafka, client_id="test") as producer,
        Consumer(kafka, group=f"{group}-target", topics=[target], client_id="test") as consumer,
    ):
        tasks = [
            asyncio.create_task(role.run()),
            asyncio.create_task(_note(consumer, arrived)),
        ]
        try:
            yield Scene(kafka=kafka, role=role, target=target, producer=producer, arrived=arrived)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(result) for result in results] == [asyncio.CancelledError] * 2


async def _note(consumer: Consumer, arrived: dict[bytes, tuple[datetime, Record]]) -> None:
    async for batch in consumer.batches():
        for record in batch:
            arrived.setdefault(record.value, (clock.now(), record))
            consumer.done(record)


async def test_records_arrive_when_due_and_in_order_of_due_time(scene: Scene) -> None:
    await scene.delay(b"warm", 0)
    await until(lambda: scene.arrived)
    due = {b"%d" % n: await scene.delay(b"%d" % n, 1.5 - n * 0.1) for n in range(10)}
    await until(lambda: len(scene.arrived) == 11)
    lateness = sorted(scene.lateness(name, at) for name, at in due.items())
    assert lateness[0] >= 0  # never early
    assert lateness[2] < 0.1
    order = sorted(due, key=lambda name: scene.arrived[name][0])
    assert order == [b"%d" % n for n in reversed(range(10))]


async def test_a_long_delay_goes_down_the_steps_and_arrives_unchanged(scene: Scene) -> None:
    due_at = await scene.delay(b"long", 3.2)  # the 2 s step, then 0.5 s twice, then what remains
    await until(lambda: scene.arrived)
    assert 0 <= scene.lateness(b"long", due_at) < LATE
    record = scene.arrived[b"long"][1]
    assert (record.key, record.value, record.headers) == (b"long", b"long", (("kind", b"due"),))
    hops = await _written(scene.kafka, scene.role.steps)
    short, middle, _hour = scene.role.steps
    assert hops[middle] == 1
    assert hops[short] >= 2


async def test_heads_that_are_not_due_do_not_hold_back_other_steps_nor_the_polling(
    scene: Scene,
) -> None:
    for number in range(20):
        await scene.delay(b"hour %d" % number, 7200)
    due_at = await scene.delay(b"soon", 0.7)
    await until(lambda: scene.arrived)
    assert list(scene.arrived) == [b"soon"]
    assert 0 <= scene.lateness(b"soon", due_at) < LATE
    assert len(scene.role.window) == 20
    assert scene.role.problem() is None


async def test_full_windows_pause_their_partitions_and_still_fire_everything(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    target, steps = await make_topic(2), {await make_topic(2): timedelta(seconds=0.5)}
    async with _scene(kafka, group, target, steps) as scene:
        scene.role.window = Window(records=10)
        now = clock.now()
        outs = [Out(topic=target, key=b"%d" % n, value=b"%d" % n) for n in range(3000)]
        await scene.producer.send_all(
            [delayed(out, due_at=now + timedelta(seconds=1), now=now, steps=steps) for out in outs]
        )
        await until(lambda: len(scene.role._paused) == 2)
        assert len(scene.role.window) <= 2000
        await until(lambda: len(scene.arrived) == 3000)


@pytest.mark.parametrize("held", [False, True], ids=["before it is read", "while it is held"])
async def test_what_was_put_off_before_the_clock_was_set_back_holds_nothing_up(
    kafka: KafkaSettings,
    make_topic: MakeTopic,
    group: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    held: bool,
) -> None:
    """A full window of what is due by a clock a day ahead, and something behind it that is due now."""
    target, short = await make_topic(1), await make_topic(1)
    steps = {short: timedelta(seconds=1.5), await make_topic(1): timedelta(hours=1)}
    ahead = clock.now()

    def set_back() -> None:
        monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) - timedelta(days=1))

    if not held:
        set_back()
    async with _scene(kafka, group, target, steps) as scene:
        scene.role.window = Window(records=10)
        outs = [Out(topic=target, key=b"k", value=b"old %d" % number) for number in range(50)]
        due_at = ahead + timedelta(seconds=60)
        await scene.producer.send_all(
            [delayed(out, due_at=due_at, now=ahead, steps=steps) for out in outs]
        )
        await until(lambda: scene.role._paused)
        set_back()
        await scene.delay(b"soon", 0.1)
        await until(lambda: scene.arrived)

    assert list(scene.arrived) == [b"soon"]


async def test_what_can_not_be_read_is_dead_lettered_and_the_rest_goes_on(
    scene: Scene, topics: tuple[str, ...], group: str
) -> None:
    step = next(iter(scene.role.steps))
    body = f"body of {group}".encode()
    bad = Out(topic=step, key=b"k", value=body, headers=((contract.HEADER_DUE_AT, b"1"),))
    stray = delayed(
        Out(topic="elsewhere", key=b"k", value=body),
        due_at=clock.now(),
        now=clock.now(),
        steps=scene.role.steps,
    )
    await scene.producer.send_all([bad, stray])
    await scene.delay(b"good", 0)
    await until(lambda: scene.arrived)
    dead = await _dead_letters(scene.kafka, group, body, 2)
    assert {record.header(contract.HEADER_REASON) for record in dead} == {b"malformed"}
    details = sorted(str(record.header(contract.HEADER_DETAIL)) for record in dead)
    assert "'elsewhere'" in details[0]
    assert "without header target" in details[1]
    sources = {str(record.header(contract.HEADER_SOURCE)) for record in dead}
    assert all(step in source for source in sources)


async def test_a_role_that_is_cut_off_leaves_what_waits_to_the_next(
    scene: Scene, group: str
) -> None:
    due_at = await scene.delay(b"kept", 1.0)
    await until(lambda: len(scene.role.window) == 1)
    heir = Delay(
        kafka=scene.kafka,
        group=group,
        steps=scene.role.steps,
        targets={scene.target},
        session=SESSION,
    )
    taking_over = asyncio.create_task(heir.run())  # a rebalance: both forget and read again
    await until(lambda: scene.arrived)
    assert scene.lateness(b"kept", due_at) >= 0
    taking_over.cancel()
    await asyncio.wait([taking_over])


async def test_everything_arrives_though_the_broker_is_killed(
    broker: Broker, scene: Scene, group: str
) -> None:
    due = [await scene.delay(b"%d" % n, 1 + n * 0.02) for n in range(100)]
    assert len(due) == 100
    await until(lambda: len(scene.arrived) > 10)
    assert len(scene.arrived) < 100  # some were waiting at the fault
    await asyncio.to_thread(broker.kill)
    await asyncio.to_thread(broker.start)
    await until(lambda: len(scene.arrived) == 100)
    await _until_committed(scene, group)


async def _until_committed(scene: Scene, group: str) -> None:
    async with asyncio.timeout(20):
        while not await _committed(scene, group):  # noqa: ASYNC110 - the broker tells nobody
            await asyncio.sleep(0.3)


async def _committed(scene: Scene, group: str) -> bool:
    """A broker that has just come back refuses to say it while it reads what groups had committed."""
    try:
        lags = await group_lags(scene.kafka, set(scene.role.steps))
    except TransientError:
        return False
    mine = [lag.records for lag in lags if lag.group == group]
    return bool(mine) and not sum(mine)


async def _written(kafka: KafkaSettings, steps: Mapping[str, timedelta]) -> dict[str, int]:
    return {step: len(await read_all(kafka, step)) for step in steps}


async def _dead_letters(kafka: KafkaSettings, group: str, body: bytes, count: int) -> list[Record]:
    found: list[Record] = []
    async with Consumer(
        kafka, group=f"{group}-dead", topics=[contract.DEAD], client_id="test"
    ) as consumer:
        async with asyncio.timeout(20):
            while len(found) < count:
                found += [record for record in await consumer.read() if record.value == body]
    return found
