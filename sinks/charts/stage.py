"""One of the steps in which a batch is written, in a thread of its own: tried until ClickHouse is back."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import timedelta
from typing import TypeVar

import structlog

from streams.contracts.errors import TransientError
from streams.observe import clock

SLOW = timedelta(seconds=30)  # a hundred times what a write takes
_PAUSES = (1, 2, 4, 8, 15, 30, 60, 60)  # seconds; within what a group waits for a silent member
_log = structlog.get_logger()
T = TypeVar("T")


class Stage:
    """One batch at a time."""

    def __init__(self, thread: Executor) -> None:
        self._thread = thread
        self._began: float | None = None  # what is under way
        self._trouble: str | None = None

    @property
    def problem(self) -> str | None:
        """Why what comes is not written. Who hangs raises nothing for minutes."""
        took = 0.0 if self._began is None else clock.monotonic() - self._began
        hangs = f"a write to ClickHouse has taken {took:.0f} s and is not done"
        return hangs if took > SLOW.total_seconds() else self._trouble

    async def until_done(self, work: Callable[[], T], records: int) -> T:
        """Raise TransientError when ClickHouse was away for too long."""
        for pause in _PAUSES:
            try:
                return await self._once(work)
            except TransientError as error:
                self._trouble = str(error)
                _log.warning("write_failed", records=records, reason=str(error), again_in=pause)
            await asyncio.sleep(pause)
        return await self._once(work)

    async def _once(self, work: Callable[[], T]) -> T:
        self._began = clock.monotonic()
        try:
            done = await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._began = None
        self._trouble = None
        return done
