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
from streams.contracts.errors import TransientError
from streams.contracts.step import Record
from streams.observe import clock, metrics

GROUP = "charts"
TOPICS = tuple(READERS)
LIMIT = 1_000  # records a batch
GATHER = timedelta(milliseconds=100)  # one insert and one fold cost the same for one row or many
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
    """Moves records from `reading` to `writing`. `problem`: why it can't at the moment."""

    def __init__(self, reading: Reading, writing: Writing, thread: Executor) -> None:
        self._reading = reading
        self._writing = writing
        self._thread = thread
        self.problem: str | None = None

    async def move(self, stopping: asyncio.Event) -> None:
        """Until `stopping`; what was read is written before it returns."""
        while not stopping.is_set():
            records = await self._gather()
            if records:
                await self._write(records)
                for record in records:
                    self._reading.done(record)

    async def _gather(self) -> list[Record]:
        records = await self._reading.read(LIMIT, _IDLE)
        ends = clock.monotonic() + GATHER.total_seconds()
        while records and len(records) < LIMIT and (left := ends - clock.monotonic()) > 0:
            more = await self._reading.read(LIMIT - len(records), timedelta(seconds=left))
            records += more
        return records

    async def _write(self, records: Sequence[Record]) -> None:
        for pause in _PAUSES:
            try:
                return await self._try(records)
            except TransientError as error:
                self.problem = str(error)
                _log.warning(
                    "write_failed", records=len(records), reason=str(error), again_in=pause
                )
            await asyncio.sleep(pause)
        return await self._try(records)

    async def _try(self, records: Sequence[Record]) -> None:
        loop = asyncio.get_running_loop()
        batch = await loop.run_in_executor(self._thread, self._writing.write, records)
        self.problem = None
        _measure(records, batch.unreadable)


def _measure(records: Sequence[Record], unreadable: int) -> None:
    if unreadable:
        metrics.count("charts_unreadable", unreadable)
        _log.error("unreadable_records", count=unreadable, kept_in="notifications")
    now_ms = clock.now().timestamp() * 1000
    for record in records:
        age = max(0.0, now_ms - record.timestamp_ms) / 1000
        metrics.observe("charts_visible_seconds", age, topic=record.topic)
