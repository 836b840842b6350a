"""The records that wait for a cycle, bounded; and whether a cycle runs.

Closed while partitions move: then it is empty and stays so, whatever comes late.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

from streams.contracts.step import Record

_MOST = 2_000
_MOST_BYTES = 32 * 1024 * 1024


class Waiting:
    """One producer (the fetch loop), one taker (the drive loop), of one event loop."""

    def __init__(self) -> None:
        self._records: deque[Record] = deque()
        self._bytes = 0
        self._open = False
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._idle = asyncio.Event()
        self._idle.set()

    def __len__(self) -> int:
        return len(self._records)

    @property
    def busy(self) -> bool:
        """Whether records are taken and not settled."""
        return not self._idle.is_set()

    def open(self) -> None:
        """Records may come."""
        self._open = True

    def close(self) -> None:
        """Forget what waits, and what comes: it will be read again."""
        self._open = False
        self._records.clear()
        self._bytes = 0
        self._changed()

    def put(self, records: Sequence[Record]) -> None:
        """Behind those that wait."""
        if not self._open:
            return
        self._records.extend(records)
        self._bytes += sum(len(record.value) for record in records)
        self._changed()

    async def take(self, most: int, most_bytes: int) -> list[Record]:
        """At least one, in order; they are in flight until `settled`."""
        while not self._records:
            await self._arrived.wait()
        self._idle.clear()
        taken = [self._records.popleft()]
        size = len(taken[0].value)
        while self._records and len(taken) < most and size < most_bytes:
            taken.append(self._records.popleft())
            size += len(taken[-1].value)
        self._bytes -= size
        self._changed()
        return taken

    def give_back(self, records: Sequence[Record]) -> None:
        """Taken but not begun: first in line again."""
        if not self._open:
            return
        self._records.extendleft(reversed(records))
        self._bytes += sum(len(record.value) for record in records)
        self._changed()

    def settled(self) -> None:
        """The cycle is over."""
        self._idle.set()

    async def idle(self) -> None:
        """Return when no cycle runs."""
        while self.busy:
            await self._idle.wait()

    async def room(self) -> None:
        """Return when more may be fetched."""
        await self._room.wait()

    def _changed(self) -> None:
        _set(self._arrived, bool(self._records))
        _set(self._room, len(self._records) < _MOST and self._bytes < _MOST_BYTES)


def _set(event: asyncio.Event, value: bool) -> None:
    if value:
        event.set()
    else:
        event.clear()
