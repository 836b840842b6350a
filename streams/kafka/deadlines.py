"""Many waits with one and the same deadline, and one timer for all of them.

A timer a send costs more than all else that a send does here; entering and leaving one of these
costs a fifth of it.
"""

import asyncio
from collections import deque
from contextlib import suppress

_TURN = 0.05  # seconds: at most so much later than asked, and at most so often


class Deadlines:
    """Use `async with deadlines.timeout():` as `asyncio.timeout(seconds)`; it raises TimeoutError too."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: deque[tuple[float, asyncio.Timeout]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def timeout(self) -> asyncio.Timeout:
        """One wait, to be entered at once."""
        loop = asyncio.get_running_loop()
        timeout = asyncio.timeout(None)
        self._waiting.append((loop.time() + self._seconds, timeout))
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._expire, loop)
        return timeout

    def _expire(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        while self._waiting and self._waiting[0][0] <= now:
            _, timeout = self._waiting.popleft()
            with suppress(RuntimeError):  # left in time
                timeout.reschedule(now)
        self._timer = None
        if self._waiting:
            next_at = max(self._waiting[0][0], now + _TURN)
            self._timer = loop.call_at(next_at, self._expire, loop)
