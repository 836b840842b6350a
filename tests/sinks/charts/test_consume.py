"""The intake: nothing is done before it is written, and ClickHouse away is waited for."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from sinks.charts import consume, stage
from sinks.charts.consume import Intake
from sinks.charts.rows import Batch
from streams.contracts import topics
from streams.contracts.errors import TransientError
from streams.contracts.step import Record
from tests.sinks.charts.records import outcome, record


class Consumer:
    """Hands out `arrivals`, one list a read and `pace` seconds apart, then nothing."""

    def __init__(self, *arrivals: list[Record], pace: float = 0.0) -> None:
        self.arrivals = list(arrivals)
        self.pace = pace
        self.finished: list[Record] = []

    async def read(self, limit: int = 500, wait: timedelta = timedelta(seconds=1)) -> list[Record]:
        if not self.arrivals:
            await asyncio.sleep(min(wait.total_seconds(), 0.01))
            return []
        await asyncio.sleep(self.pace)
        found = self.arrivals[0][:limit]
        self.arrivals[0] = self.arrivals[0][limit:]
        if not self.arrivals[0]:
            del self.arrivals[0]
        return found

    def done(self, record: Record) -> None:
        self.finished.append(record)


class Writer:
    """Fails as often as told, then keeps batches, each shown after `pause`; notes what it was asked for, and
    how much was done when it had shown a batch. `unshown`: how often it fails to show one."""

    def __init__(
        self, consumer: Consumer, failures: int = 0, pause: float = 0.0, unshown: int = 0
    ) -> None:
        self.consumer = consumer
        self.pause = pause
        self.failures = failures
        self.unshown = unshown
        self.batches: list[list[Record]] = []
        self.asked: list[str] = []
        self.done_before: list[int] = []

    def append(self, records: Iterable[Record]) -> Batch:
        self.asked.append("append")
        if self.failures:
            self.failures -= 1
            raise TransientError("ClickHouse is away")
        self.batches.append(list(records))
        return Batch()

    def show(self, batch: Batch) -> None:
        self.asked.append("show")
        if self.unshown:
            self.unshown -= 1
            raise TransientError("ClickHouse went away")
        time.sleep(self.pause)
        self.asked.append("shown")
        self.done_before.append(len(self.consumer.finished))


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
    assert writer.done_before == [0, 10, 20], "a record is done after it is shown"


async def test_a_batch_is_appended_while_the_one_before_is_shown_and_shown_after_it(
    thread: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consume, "LIMIT", 10)
    consumer = Consumer([record(topics.EVENTS, b"{}") for _ in range(30)])
    writer = Writer(consumer, pause=0.1)
    await moved(Intake(consumer, writer, thread))
    shown = [place for place, what in enumerate(writer.asked) if what == "shown"]
    assert [writer.asked[:place].count("append") for place in shown] == [2, 3, 3]
    assert [writer.asked[:place].count("show") for place in shown] == [1, 2, 3]
    assert writer.done_before == [0, 10, 20]


async def test_what_comes_while_a_batch_is_shown_is_one_batch(
    thread: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each costs something however small it is."""
    monkeypatch.setattr(consume, "GATHER", timedelta(milliseconds=20))
    consumer = Consumer(*([record(topics.EVENTS, b"{}")] for _ in range(10)), pace=0.03)
    writer = Writer(consumer, pause=0.5)
    await moved(Intake(consumer, writer, thread), 0.7)
    first, then = (len(batch) for batch in writer.batches)
    assert (first <= 3, first + then) == (True, 10)


async def test_what_could_not_be_shown_is_tried_again_and_nothing_is_done_meanwhile(
    thread: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_PAUSES", (0.3,))
    consumer = Consumer([record(topics.EVENTS, b"{}")])
    writer = Writer(consumer, unshown=1)
    intake = Intake(consumer, writer, thread)
    moving = asyncio.create_task(moved(intake, 0.8))
    await asyncio.sleep(0.4)
    assert told(intake) == "ClickHouse went away"
    assert consumer.finished == []
    await moving
    assert told(intake) is None
    assert writer.asked == ["append", "show", "show", "shown"]
    assert len(consumer.finished) == 1


async def test_what_can_not_be_shown_ends_the_role_though_nothing_else_comes(
    thread: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_PAUSES", (0.01,))
    consumer = Consumer([record(topics.EVENTS, b"{}")])
    intake = Intake(consumer, Writer(consumer, unshown=99), thread)
    with pytest.raises(TransientError, match="went away"):
        await asyncio.wait_for(intake.move(asyncio.Event()), 5)
    assert consumer.finished == []


async def test_the_same_batch_is_tried_until_clickhouse_is_back_and_readiness_says_why(
    thread: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_PAUSES", (0.05, 0.3))
    one = record(topics.EVENTS, b"{}")
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


async def test_readiness_says_that_a_write_hangs_while_it_does(
    thread: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ClickHouse that answers slowly raises nothing."""
    monkeypatch.setattr(stage, "SLOW", timedelta(seconds=0.1))
    consumer = Consumer([record(topics.EVENTS, b"{}")])
    intake = Intake(consumer, Writer(consumer, pause=0.8), thread)
    moving = asyncio.create_task(moved(intake, 0.3))
    async with asyncio.timeout(10):
        while not told(intake):  # noqa: ASYNC110 - a thread has no Event to wait for
            await asyncio.sleep(0.01)
    assert str(told(intake)).startswith("a write to ClickHouse has taken")
    await moving
    assert told(intake) is None


async def test_trouble_that_does_not_pass_ends_the_role_with_nothing_done(
    thread: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_PAUSES", (0.01, 0.01))
    consumer = Consumer([outcome()])
    with pytest.raises(TransientError):
        await moved(Intake(consumer, Writer(consumer, failures=99), thread))
    assert consumer.finished == []


async def test_what_no_chart_shows_waits_for_one_insert_a_second(
    thread: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consume, "GATHER", timedelta(milliseconds=10))
    later = [outcome() for _ in range(3)]
    soon = [record(topics.EVENTS, b"{}") for _ in range(3)]
    consumer = Consumer(*([one, other] for one, other in zip(later, soon, strict=True)))
    writer = Writer(consumer, pause=0.05)
    await moved(Intake(consumer, writer, thread), 1.5)
    assert [one for batch in writer.batches[:-1] for one in batch] == soon
    assert writer.batches[-1] == later
    assert len(consumer.finished) == 6


async def test_what_is_held_is_written_when_it_is_told_to_stop(
    thread: ThreadPoolExecutor,
) -> None:
    one = outcome()
    consumer = Consumer([one])
    writer = Writer(consumer)
    await moved(Intake(consumer, writer, thread), 0.3)
    assert (writer.batches, consumer.finished) == ([[one]], [one])


async def test_many_bytes_are_written_without_waiting(
    thread: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consume, "LIMIT_BYTES", 1_000)
    large = [record(topics.RAW, bytes(600)) for _ in range(4)]
    consumer = Consumer(*([one] for one in large))
    writer = Writer(consumer)
    await moved(Intake(consumer, writer, thread), 0.1)
    assert writer.batches == [large[:2], large[2:]]


async def test_the_slower_a_write_the_longer_it_gathers(
    thread: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that others keep busy then folds less often, not ever later."""
    monkeypatch.setattr(consume, "GATHER", timedelta(milliseconds=100))
    arrivals = [[record(topics.EVENTS, b"{}")] for _ in range(40)]
    consumer = Consumer(*arrivals, pace=0.05)
    writer = Writer(consumer, pause=0.4)
    await moved(Intake(consumer, writer, thread), 2.2)
    sizes = [len(batch) for batch in writer.batches]
    assert sizes[0] <= 3
    assert 6 <= sizes[1] <= 9
