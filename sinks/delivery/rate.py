"""How many attempts a lane may start in a second, where its receiver allows only so many. Pure."""

_BEHIND = 0.05  # seconds of lateness that are made up for, so that timers do not lower the rate


class Rate:
    """`per_second` 0: no limit. Times are monotonic seconds; starts are spaced evenly."""

    def __init__(self, per_second: int) -> None:
        self._apart = 1 / per_second if per_second else 0.0
        self._next = float("-inf")

    def wait(self, now: float) -> float:
        """Seconds until the next may start; 0: now."""
        return max(0.0, self._next - now)

    def started(self, now: float) -> None:
        is_late = now - self._next <= _BEHIND
        self._next = (self._next if is_late else now) + self._apart
