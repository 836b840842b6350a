"""From topics to tables: gather what came within a moment, write it, then call it done.

While the charts are made to show a batch, the next is gathered and appended: one is mostly Python's work,
the other ClickHouse's. The commit follows what is shown, so a crash anywhere reads again what was not, and
writing it again changes nothing. ClickHouse away: the same batch is tried again, and readiness says why.
"""

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Protocol

import structlog

from sinks.charts.rows import READERS, Batch
from sinks.charts.stage import Stage
from streams.contracts import topics
from streams.contracts.step import Record
from streams.observe import clock, metrics

GROUP = "charts"
TOPICS = tuple(READERS)
LIMIT = 6_000  # records a batch
LIMIT_BYTES = 32 * 1024 * 1024  # of values, about
# A write costs about 80 ms of CPU for one row and 120 for a hundred, so what a busy machine makes slow
# is done less often: gathering takes as long as the last write did, within these, and until it is shown.
GATHER = timedelta(milliseconds=250)
LONGEST_GATHER = timedelta(milliseconds=600)
# Of what no chart shows, one insert a second is enough.
SOON = frozenset({topics.EVENTS})
LATER = timedelta(seconds=1)
_IDLE = timedelta(seconds=1)
_LOOK = 0.02  # seconds between looks whether the batch before is shown
_log = structlog.get_logger()


class Reading(Protocol):
    """Where records come from: the consumer loop."""

    async def read(self, limit: int = ..., wait: timedelta = ...) -> list[Record]: ...

    def done(self, record: Record) -> None: ...


class Writing(Protocol):
    """Where they go; both block. One batch is appended while another is shown."""

    def append(self, records: Iterable[Record]) -> Batch: ...

    def show(self, batch: Batch) -> None: ...


class Intake:
    """Moves records from `reading` to `writing`. `thread`: where they are appended, and nothing else is
    written of what must not change meanwhile."""

    def __init__(self, reading: Reading, writing: Writing, thread: Executor) -> None:
        self._reading = reading
        self._writing = writing
        self._appending = Stage(thread)
        self._folding = ThreadPoolExecutor(1, thread_name_prefix="show")
        self._showing = Stage(self._folding)
        self._shown: asyncio.Task[None] | None = None  # of the batch before
        self._gathering = GATHER.total_seconds()
        self._held: list[Record] = []
        self._held_since = 0.0

    @property
    def problem(self) -> str | None:
        """Why what comes is not written."""
        return self._showing.problem or self._appending.problem

    async def move(self, stopping: asyncio.Event) -> None:
        """Until `stopping`; what was read is written before it returns."""
        try:
            while not stopping.is_set():
                await self._finish(self._due(await self._gather()))
            await self._finish(self._held)
            await self._before()
        finally:
            if self._shown is not None:
                self._shown.cancel()
            self._folding.shutdown(wait=False)

    async def _gather(self) -> list[Record]:
        """For at least as long as the batch before is not shown: what waits for it may as well grow."""
        records = await self._reading.read(LIMIT, min(_IDLE, self._patience()))
        ends = clock.monotonic() + self._gathering
        while records and not _full(records) and (left := self._left(ends)) > 0:
            more = await self._reading.read(LIMIT - len(records), timedelta(seconds=left))
            records += more
        if not self._under_way:
            await self._before()
        return records

    @property
    def _under_way(self) -> bool:
        return self._shown is not None and not self._shown.done()

    def _left(self, ends: float) -> float:
        return max(ends - clock.monotonic(), _LOOK if self._under_way else 0.0)

    async def _before(self) -> None:
        """The batch before is shown, or why not is raised."""
        before, self._shown = self._shown, None
        if before is not None:
            await before

    def _due(self, records: Iterable[Record]) -> list[Record]:
        """What is written now; the rest is held."""
        soon: list[Record] = []
        for record in records:
            if not self._held:
                self._held_since = clock.monotonic()
            (soon if record.topic in SOON else self._held).append(record)
        if self._patience() and not _full(self._held):
            return soon
        held, self._held = self._held, []
        return soon + held

    def _patience(self) -> timedelta:
        """How long what is held may still wait."""
        if not self._held:
            return LATER
        waited = timedelta(seconds=clock.monotonic() - self._held_since)
        return max(LATER - waited, timedelta())

    async def _finish(self, records: Sequence[Record]) -> None:
        if not records:
            return
        started = clock.monotonic()
        append = partial(self._writing.append, records)
        batch = await self._appending.until_done(append, len(records))
        appended = clock.monotonic() - started
        await self._before()
        self._shown = asyncio.create_task(self._show(records, batch, appended))

    async def _show(self, records: Sequence[Record], batch: Batch, appended: float) -> None:
        """`appended`: what that took, in seconds."""
        started = clock.monotonic()
        await self._showing.until_done(partial(self._writing.show, batch), len(records))
        _measure(records, batch.unreadable)
        for record in records:
            self._reading.done(record)
        took = appended + clock.monotonic() - started
        self._gathering = min(max(took, GATHER.total_seconds()), LONGEST_GATHER.total_seconds())


def _full(records: Sequence[Record]) -> bool:
    size = sum(len(record.value) for record in records)
    return len(records) >= LIMIT or size >= LIMIT_BYTES


def _measure(records: Sequence[Record], unreadable: int) -> None:
    if unreadable:
        metrics.count("charts_unreadable", unreadable)
        _log.error("unreadable_records", count=unreadable, kept_in="notifications")
    now_ms = clock.now().timestamp() * 1000
    visible = {
        topic: metrics.histogram("charts_visible_seconds", topic=topic)
        for topic in {record.topic for record in records}
    }
    for record in records:
        visible[record.topic].observe(max(0.0, now_ms - record.timestamp_ms) / 1000)
