"""Many waits with one and the same deadline, and one timer for all of them.

A timer a send costs more than all else that a send does here; a wait of these costs a fifth of it.
"""

import asyncio
from collections import deque
from types import TracebackType

_TURN = 0.05  # seconds: at most so much later than asked, and at most so often


class Wait:
    """As `asyncio.timeout(seconds)`, ended by its Deadlines."""

    __slots__ = ("_timeout", "over")

    def __init__(self) -> None:
        self._timeout = asyncio.timeout(None)
        self.over = False

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.over = True
        await self._timeout.__aexit__(kind, error, trace)

    def expire(self, now: float) -> None:
        self._timeout.reschedule(now)


class Deadlines:
    """`async with deadlines.timeout():` raises TimeoutError when its inside takes too long."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: deque[tuple[float, Wait]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def timeout(self) -> Wait:
        """One wait, to be entered at once."""
        loop = asyncio.get_running_loop()
        wait = Wait()
        self._waiting.append((loop.time() + self._seconds, wait))
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._expire, loop)
        return wait

    def _expire(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        while self._waiting and (self._waiting[0][0] <= now or self._waiting[0][1].over):
            _, wait = self._waiting.popleft()
            if not wait.over:
                wait.expire(now)
        self._timer = None
        if self._waiting:
            next_at = max(self._waiting[0][0], now + _TURN)
            self._timer = loop.call_at(next_at, self._expire, loop)
