"""The worker's bookkeeping, with a reader and a wire that the test holds in its hands."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from sinks.delivery.delivery import Delivery, retry_out
from sinks.delivery.ending import Tried
from sinks.delivery.lane_report import ProcessReport
from sinks.delivery.outbox import Outbox
from sinks.delivery.plan import Plan
from sinks.delivery.standing import Standing
from sinks.delivery.worker import BATCH, Worker
from sinks.destinations import amplitude
from sinks.destinations.filters import Filter
from sinks.destinations.options import OptionReader
from streams.contracts.codec import decode
from streams.contracts.errors import TransientError
from streams.contracts.event import EventType
from streams.contracts.step import Out, Record
from streams.contracts.topics import DELIVERIES, DELIVERIES_DEAD, LANES
from streams.settings.secret import Secret
from tests.sinks.delivery.deliveries import FAILED, GONE, delivery, plan, record_of, tried
from tests.sinks.events import event


class Reader:
    """Hands out the batches that it was given, then waits."""

    def __init__(self, *batches: list[Record]) -> None:
        self._batches = list(batches)
        self.given = 0
        self.finished: list[int] = []
        self.failure: Exception | None = None

    @property
    def in_flight(self) -> int:
        return self.given - len(self.finished)

    async def batches(self, limit: int = BATCH) -> AsyncIterator[list[Record]]:
        for batch in self._batches:
            assert len(batch) <= limit
            self.given += len(batch)
            yield batch
        if self.failure is not None:
            raise self.failure
        await asyncio.Event().wait()

    def done(self, record: Record) -> None:
        self.finished.append(record.offset)


class Kafka:
    """Acknowledges while `open`. What the process says of its lanes is kept apart."""

    def __init__(self) -> None:
        self.outs: list[Out] = []
        self.reports: list[Out] = []
        self.open = True

    async def send_all(self, outs: Sequence[Out]) -> None:
        if not self.open:
            raise TransientError("away")
        self.outs += [out for out in outs if out.topic != LANES]
        self.reports += [out for out in outs if out.topic == LANES]

    def topics(self) -> list[str]:
        return [out.topic for out in self.outs]


class Wire:
    """Attempts end with the verdict of their destination, at once unless its gate is shut."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.verdicts = {"failing": FAILED, "gone": GONE}
        self.gates: dict[str, asyncio.Event] = {}
        self.bug: Exception | None = None

    async def attempt(self, plan: Plan, delivery: Delivery, *, shadow: bool = False) -> Tried:
        self.sent.append((plan.name, delivery.event.id))
        if self.bug is not None:
            raise self.bug
        if plan.name in self.gates:
            await self.gates[plan.name].wait()
        return tried(self.verdicts[plan.name]) if plan.name in self.verdicts else tried()


class Running:
    """A worker and what it stands on."""

    def __init__(self, reader: Reader, *plans: Plan) -> None:
        self.reader, self.kafka, self.wire = reader, Kafka(), Wire()
        self.stop = asyncio.Event()
        self.worker = Worker(
            plans,
            reading=reader,
            outbox=Outbox(self.kafka, again=timedelta(milliseconds=5)),
            attempt=self.wire.attempt,
            standing=Standing(),
            process="deliver-7",
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Running"]:
        task = asyncio.create_task(self.worker.run(self.stop))
        try:
            yield self
        finally:
            self.stop.set()
            await task

    async def finished(self, *offsets: int) -> None:
        async with asyncio.timeout(5):
            while sorted(self.reader.finished) != sorted(offsets):  # noqa: ASYNC110 - seen from outside
                await asyncio.sleep(0.002)


def records(count: int, start: int = 0) -> list[Record]:
    return [
        record_of(event(n, customer_id=f"u-{n}"), offset=n) for n in range(start, start + count)
    ]


async def test_a_record_is_done_when_every_destination_has_answered() -> None:
    made = Running(Reader(records(1)), plan("fast"), plan("slow"))
    made.wire.gates["slow"] = asyncio.Event()
    async with made.running():
        await asyncio.sleep(0.05)
        assert len(made.wire.sent) == 2
        assert made.reader.finished == []

        made.wire.gates["slow"].set()
        await made.finished(0)


async def test_a_record_is_done_when_its_retry_is_acknowledged_and_not_before() -> None:
    made = Running(Reader(records(1)), plan("failing"))
    made.kafka.open = False
    async with made.running():
        await asyncio.sleep(0.05)
        assert made.wire.sent
        assert made.reader.finished == []

        made.kafka.open = True
        await made.finished(0)

    assert sorted(made.kafka.topics()) == ["delay.5s", "deliveries.attempts"]


async def test_an_event_that_nobody_takes_is_done_at_once() -> None:
    nobody = plan(filter=Filter(apps=frozenset({"other"})))
    async with Running(Reader(records(3)), nobody).running() as made:
        await made.finished(0, 1, 2)

    assert made.wire.sent == []
    assert made.kafka.outs == []


async def test_a_retry_goes_to_its_own_destination_only() -> None:
    out = retry_out(delivery(destination="b"), attempts=1, postponed=0)
    back = Record(
        topic=DELIVERIES, partition=0, offset=7, key=out.key, value=out.value or b"",
        headers=out.headers,
    )  # fmt: skip
    async with Running(Reader([back]), plan("a"), plan("b")).running() as made:
        await made.finished(7)

    assert [name for name, _ in made.wire.sent] == ["b"]


async def test_a_retry_is_not_judged_by_its_age_again() -> None:
    old = delivery(destination="mine")
    out = retry_out(old, attempts=8, postponed=0)
    back = Record(
        topic=DELIVERIES, partition=0, offset=7, key=out.key, value=out.value or b"",
        headers=out.headers,
    )  # fmt: skip
    strict = plan(filter=Filter(max_age=timedelta(0)))
    async with Running(Reader([back]), strict).running() as made:
        await made.finished(7)

    assert len(made.wire.sent) == 1


async def test_a_retry_for_a_destination_that_this_process_does_not_know_is_kept() -> None:
    out = retry_out(delivery(destination="removed"), attempts=1, postponed=0)
    back = Record(
        topic=DELIVERIES, partition=0, offset=7, key=out.key, value=out.value or b"",
        headers=out.headers,
    )  # fmt: skip
    async with Running(Reader([back]), plan()).running() as made:
        await made.finished(7)

    assert made.kafka.topics() == ["delay.1m"]


async def test_a_record_that_can_not_be_read_is_dead_and_the_next_goes_on() -> None:
    good = records(1, start=1)
    bad = Record(topic="events", partition=0, offset=0, key=None, value=b"nonsense")
    async with Running(Reader([bad, *good]), plan()).running() as made:
        await made.finished(0, 1)

    assert DELIVERIES_DEAD in made.kafka.topics()


async def test_a_destination_that_hangs_is_not_waited_for_when_another_has_room() -> None:
    count = 12 * BATCH
    batches = [records(BATCH, start) for start in range(0, count, BATCH)]
    made = Running(Reader(*batches), plan("hangs"), plan("rarely", filter=Filter(apps=frozenset())))
    made.wire.gates["hangs"] = asyncio.Event()
    async with made.running():
        async with asyncio.timeout(5):
            while made.reader.given < count:  # noqa: ASYNC110 - seen from outside
                await asyncio.sleep(0.01)
        assert made.worker.lanes["hangs"].waiting <= 200
        assert made.worker.lanes["hangs"].under_way == 10
        made.wire.gates["hangs"].set()

    assert made.kafka.topics().count("delay.5s") + made.kafka.topics().count("delay.1m") > 0


async def test_a_single_destination_that_is_slow_keeps_its_backlog_in_kafka() -> None:
    batches = [records(BATCH, start) for start in range(0, 12 * BATCH, BATCH)]
    made = Running(Reader(*batches), plan("slow"))
    made.wire.gates["slow"] = asyncio.Event()
    async with made.running():
        await asyncio.sleep(0.8)
        assert made.reader.given <= 3 * BATCH
        made.wire.gates["slow"].set()
        await made.finished(*range(12 * BATCH))

    assert "delay.5s" not in made.kafka.topics()


async def test_what_waits_after_a_rebalance_is_not_sent() -> None:
    made = Running(Reader(records(30)), plan("slow"))
    made.wire.gates["slow"] = asyncio.Event()
    async with made.running():
        await asyncio.sleep(0.05)
        made.worker.forget()
        made.wire.gates["slow"].set()
        await made.finished(*range(10))

    assert len(made.wire.sent) == 10


async def test_a_bug_of_ours_ends_the_process_and_acknowledges_nothing() -> None:
    made = Running(Reader(records(1)), plan())
    made.wire.bug = RuntimeError("ours")

    with pytest.raises(RuntimeError, match="ours"):
        await made.worker.run(made.stop)

    assert made.reader.finished == []


async def test_a_reader_that_fails_ends_the_process() -> None:
    reader = Reader(records(1))
    reader.failure = TransientError("the group is gone")
    made = Running(reader, plan())

    with pytest.raises(TransientError, match="the group is gone"):
        await made.worker.run(made.stop)

    assert reader.finished == [0], "what was under way has ended first"


async def test_a_destination_that_is_gone_is_published_as_a_decision() -> None:
    async with Running(Reader(records(1)), plan("gone")).running() as made:
        await made.finished(0)

    assert sorted(made.kafka.topics()) == ["control", "deliveries.attempts", "deliveries.dead"]


async def test_an_event_that_a_destination_has_nothing_to_say_of_is_done_without_an_attempt() -> (
    None
):
    named = amplitude.make("", OptionReader("destinations[0]", {"api_key": Secret("k" * 32)}))
    transfer, renewal = event(1, EventType.TRANSFER), event(2, EventType.RENEWAL)
    reader = Reader([record_of(transfer, offset=0), record_of(renewal, offset=1)])
    async with Running(reader, plan(destination=named)).running() as role:
        await role.finished(0, 1)

    assert role.wire.sent == [("mine", renewal.id)]
    assert len(role.kafka.outs) == 1, "one attempt in the log"


async def test_the_process_says_how_its_lanes_stand_and_at_the_end_that_it_has_ended() -> None:
    async with Running(Reader([record_of(event(1), offset=0)]), plan()).running() as role:
        await role.finished(0)

    first, last = role.kafka.reports[0], role.kafka.reports[-1]
    assert {out.key for out in role.kafka.reports} == {b"deliver-7"}
    told = decode(first.value or b"", ProcessReport)
    assert {*told.quiet, *(lane.destination for lane in told.lanes)} == {"mine"}
    assert last.value is None
