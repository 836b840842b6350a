"""How fast a lane drains, and so when a delivery that found it full should come back. Pure.

Deliveries that come back too early find the lane full again; those that come back too late leave it
idle. So they are spaced at the pace at which the lane has just been seen to drain.
"""

from collections import deque

_SOONEST = 5.0  # seconds: the shortest delay topic
_LATEST = 600.0
_DOUBT = 0.5  # seconds in which a lane that has just become busy is taken for a fast one


class Pace:
    """Times are monotonic seconds. `slowest`: attempts a second if each of them took its timeout."""

    def __init__(self, *, window: int, slowest: float) -> None:
        self._ends: deque[float] = deque(maxlen=window)
        self._slowest = slowest
        self._busy_since: float | None = None
        self._last_return = 0.0

    def busy(self, now: float) -> None:
        """The lane has work; if it had none before, what was measured is of another time."""
        if self._busy_since is None:
            self._busy_since = now
            self._ends.clear()

    def ended(self, now: float) -> None:
        self._ends.append(now)

    def idle(self) -> None:
        self._busy_since = None

    def rate(self, now: float) -> float:
        """Attempts that end in a second, while the lane has work."""
        since = self._ends[0] if len(self._ends) == self._ends.maxlen else self._busy_since
        if since is None or now <= since:
            return self._slowest
        return max(self._slowest, len(self._ends) / (now - since))

    def drains_within(self, seconds: float, waiting: int, now: float) -> bool:
        """Whether what waits is gone so soon that waiting for it costs nobody anything."""
        if self._busy_since is not None and now - self._busy_since < _DOUBT:
            return True
        return waiting <= self.rate(now) * seconds

    def wait_to_return(self, now: float) -> float:
        """Seconds after which the next delivery that is put off should come back."""
        spaced = self._last_return + 1 / self.rate(now)
        self._last_return = min(max(now + _SOONEST, spaced), now + _LATEST)
        return self._last_return - now
