"""From topics to tables: gather what came within a moment, write it, then call it done.

The commit follows the write, so a crash anywhere reads again what was not written, and writing it
again changes nothing. ClickHouse away: the same batch is tried again, and readiness says why.
"""

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from datetime import timedelta
from typing import Protocol

import structlog

from sinks.charts.rows import READERS, Batch
from streams.contracts import topics
from streams.contracts.errors import TransientError
from streams.contracts.step import Record
from streams.observe import clock, metrics

GROUP = "charts"
TOPICS = tuple(READERS)
LIMIT = 6_000  # records a batch
LIMIT_BYTES = 32 * 1024 * 1024  # of values, about
# A write costs about 80 ms of CPU for one row and 120 for a hundred, so what a busy machine makes slow
# is done less often: gathering takes as long as the last write did, within these.
GATHER = timedelta(milliseconds=200)
LONGEST_GATHER = timedelta(milliseconds=400)
# Of what no chart shows, one insert a second is enough.
SOON = frozenset({topics.EVENTS})
LATER = timedelta(seconds=1)
SLOW = timedelta(seconds=30)  # a hundred times what a write takes
_IDLE = timedelta(seconds=1)
_PAUSES = (1, 2, 4, 8, 15, 30, 60, 60)  # seconds; within what a group waits for a silent member
_log = structlog.get_logger()


class Reading(Protocol):
    """Where records come from: the consumer loop."""

    async def read(self, limit: int = ..., wait: timedelta = ...) -> list[Record]: ...

    def done(self, record: Record) -> None: ...


class Writing(Protocol):
    """Where they go; it blocks."""

    def write(self, records: Iterable[Record]) -> Batch: ...


class Intake:
    """Moves records from `reading` to `writing`."""

    def __init__(self, reading: Reading, writing: Writing, thread: Executor) -> None:
        self._reading = reading
        self._writing = writing
        self._thread = thread
        self._gathering = GATHER.total_seconds()
        self._held: list[Record] = []
        self._held_since = 0.0
        self._began: float | None = None  # the write that is under way
        self._trouble: str | None = None

    @property
    def problem(self) -> str | None:
        """Why what comes is not written. Who hangs raises nothing for minutes."""
        took = 0.0 if self._began is None else clock.monotonic() - self._began
        hangs = f"a write to ClickHouse has taken {took:.0f} s and is not done"
        return hangs if took > SLOW.total_seconds() else self._trouble

    async def move(self, stopping: asyncio.Event) -> None:
        """Until `stopping`; what was read is written before it returns."""
        while not stopping.is_set():
            await self._finish(self._due(await self._gather()))
        await self._finish(self._held)

    async def _gather(self) -> list[Record]:
        records = await self._reading.read(LIMIT, min(_IDLE, self._patience()))
        ends = clock.monotonic() + self._gathering
        while records and not _full(records) and (left := ends - clock.monotonic()) > 0:
            more = await self._reading.read(LIMIT - len(records), timedelta(seconds=left))
            records += more
        return records

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
        await self._write(records)
        for record in records:
            self._reading.done(record)
        took = clock.monotonic() - started
        self._gathering = min(max(took, GATHER.total_seconds()), LONGEST_GATHER.total_seconds())

    async def _write(self, records: Sequence[Record]) -> None:
        for pause in _PAUSES:
            try:
                return await self._try(records)
            except TransientError as error:
                self._trouble = str(error)
                _log.warning(
                    "write_failed", records=len(records), reason=str(error), again_in=pause
                )
            await asyncio.sleep(pause)
        return await self._try(records)

    async def _try(self, records: Sequence[Record]) -> None:
        loop = asyncio.get_running_loop()
        self._began = clock.monotonic()
        try:
            batch = await loop.run_in_executor(self._thread, self._writing.write, records)
        finally:
            self._began = None
        self._trouble = None
        _measure(records, batch.unreadable)


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
