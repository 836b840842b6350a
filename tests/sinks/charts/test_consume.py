"""The intake: nothing is done before it is written, and ClickHouse away is waited for."""

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from sinks.charts import consume
from sinks.charts.consume import Intake
from sinks.charts.rows import Batch
from streams.contracts.errors import TransientError
from streams.contracts.step import Record
from tests.sinks.charts.records import outcome


class Consumer:
    """Hands out `arrivals`, one list a read, then nothing."""

    def __init__(self, *arrivals: list[Record]) -> None:
        self.arrivals = list(arrivals)
        self.finished: list[Record] = []

    async def read(self, limit: int = 500, wait: timedelta = timedelta(seconds=1)) -> list[Record]:
        if not self.arrivals:
            await asyncio.sleep(min(wait.total_seconds(), 0.01))
            return []
        found = self.arrivals[0][:limit]
        self.arrivals[0] = self.arrivals[0][limit:]
        if not self.arrivals[0]:
            del self.arrivals[0]
        return found

    def done(self, record: Record) -> None:
        self.finished.append(record)


class Writer:
    """Fails as often as told, then keeps batches; notes what was done when it wrote."""

    def __init__(self, consumer: Consumer, failures: int = 0) -> None:
        self.consumer = consumer
        self.failures = failures
        self.batches: list[list[Record]] = []
        self.done_before: list[int] = []

    def write(self, records: Iterable[Record]) -> Batch:
        self.done_before.append(len(self.consumer.finished))
        if self.failures:
            self.failures -= 1
            raise TransientError("ClickHouse is away")
        self.batches.append(list(records))
        return Batch()


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as one:
        yield one


async def moved(intake: Intake, seconds: float = 0.4) -> None:
    """Run it for a while, then tell it to stop."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, stopping.set)
    await intake.move(stopping)


def told(intake: Intake) -> str | None:
    return intake.problem


async def test_what_comes_within_a_moment_is_one_batch(thread: ThreadPoolExecutor) -> None:
    consumer = Consumer([outcome()], [outcome(), outcome()], [outcome()])
    writer = Writer(consumer)
    await moved(Intake(consumer, writer, thread))
    assert [len(batch) for batch in writer.batches] == [4]
    assert len(consumer.finished) == 4


async def test_a_batch_is_never_larger_than_the_limit(
    thread: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consume, "LIMIT", 10)
    consumer = Consumer([outcome() for _ in range(25)])
    writer = Writer(consumer)
    await moved(Intake(consumer, writer, thread))
    assert [len(batch) for batch in writer.batches] == [10, 10, 5]
    assert writer.done_before == [0, 10, 20], "a record is done after it is written"


async def test_the_same_batch_is_tried_until_clickhouse_is_back_and_readiness_says_why(
    thread: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consume, "_PAUSES", (0.05, 0.3))
    one = outcome()
    consumer = Consumer([one])
    writer = Writer(consumer, failures=2)
    intake = Intake(consumer, writer, thread)
    moving = asyncio.create_task(moved(intake, 0.8))
    await asyncio.sleep(0.3)
    assert told(intake) == "ClickHouse is away"
    assert consumer.finished == []
    await moving
    assert told(intake) is None
    assert (writer.batches, consumer.finished) == ([[one]], [one])


async def test_trouble_that_does_not_pass_ends_the_role_with_nothing_done(
    thread: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consume, "_PAUSES", (0.01, 0.01))
    consumer = Consumer([outcome()])
    with pytest.raises(TransientError):
        await moved(Intake(consumer, Writer(consumer, failures=99), thread))
    assert consumer.finished == []
