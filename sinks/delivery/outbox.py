"""Records on their way to Kafka, and what may happen once they are acknowledged.

Whatever waits when a write has come back is the next write: under load many share one, alone none
waits. While the broker does not acknowledge, everything stays here and is written again: nothing
that depends on it is told that it is done. Its size is bounded by what the reader has in flight.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

import structlog
from msgspec import Struct

from streams.contracts.errors import RejectedError, TransientError
from streams.contracts.step import Out
from streams.observe import clock, metrics

AGAIN = timedelta(seconds=1)
_log = structlog.get_logger()


class Writing(Protocol):
    """What writes: the producer."""

    async def send_all(self, outs: Sequence[Out]) -> None: ...


class _Entry(Struct, frozen=True):
    outs: tuple[Out, ...]
    acknowledged: Callable[[], None]


class Outbox:
    def __init__(self, producer: Writing, *, again: timedelta = AGAIN) -> None:
        self._producer = producer
        self._again = again.total_seconds()
        self._entries: list[_Entry] = []
        self._filled = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._failing_since: float | None = None

    def put(self, outs: tuple[Out, ...], acknowledged: Callable[[], None]) -> None:
        """Write `outs`, then call `acknowledged`. Never waits."""
        self._entries.append(_Entry(outs, acknowledged))
        self._empty.clear()
        self._filled.set()

    async def run(self) -> None:
        """Write for ever; ends only by an error that a retry can't mend, or when cancelled."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            entries, self._entries = self._entries, []
            await self._write(entries)
            if not self._entries:
                self._empty.set()

    async def drained(self, patience: timedelta) -> None:
        """Wait until nothing is left, at most so long: what is left then is read again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience.total_seconds()):
                await self._empty.wait()

    @property
    def failing_for(self) -> float:
        """Seconds since the broker acknowledged last, 0 when nothing is wrong."""
        return 0.0 if self._failing_since is None else clock.monotonic() - self._failing_since

    async def _write(self, entries: list[_Entry]) -> None:
        outs = [out for entry in entries for out in entry.outs]
        try:
            await self._persist(outs)
        except RejectedError:
            for out in outs:
                await self._alone(out)
        for entry in entries:
            entry.acknowledged()

    async def _persist(self, outs: Sequence[Out]) -> None:
        while outs:
            try:
                await self._producer.send_all(outs)
            except TransientError as error:
                self._failing_since = self._failing_since or clock.monotonic()
                _log.warning("outbox_write_failed", records=len(outs), error=str(error))
                await asyncio.sleep(self._again)
            else:
                self._failing_since = None
                return

    async def _alone(self, out: Out) -> None:
        """A record that can't be written, now or ever, must not stop the others."""
        try:
            await self._persist((out,))
        except RejectedError as error:
            metrics.count("delivery_unwritable", topic=out.topic)
            _log.error("outbox_record_unwritable", topic=out.topic, error=str(error))
