"""How many attempts a lane may start in a second, where its receiver asks for few. Pure.

A bucket of one second's attempts: what was not used a moment ago may be used at once.
"""

_ONE = 1 - 1e-6  # a token, in spite of rounding


class Rate:
    """Times are monotonic seconds."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._tokens = float(per_second)
        self._at = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the next attempt may start; 0: now."""
        self._tokens = min(self._per_second, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        return 0.0 if self._tokens >= _ONE else (1 - self._tokens) / self._per_second

    def started(self) -> None:
        """An attempt that `wait` let through begins."""
        self._tokens -= 1
