"""How often a store's API may be asked: a token bucket an app and API. Pure."""

from datetime import timedelta

from streams.contracts.errors import ThrottledError


class TokenBucket:
    """`rate`: requests a second; `burst`: so many at once after a rest. Times are monotonic seconds.

    Who finds it empty is given a turn of its own to come back at, so that many don't come back at once.
    """

    def __init__(self, rate: float, burst: float | None = None) -> None:
        self._rate = rate
        self._burst = burst if burst is not None else max(1.0, rate)
        self._left = self._burst
        self._at = 0.0
        self._last_turn = 0.0

    def take(self, now: float) -> float:
        """0: ask now. Else the seconds after which to try again."""
        self._left = min(self._burst, self._left + max(0.0, now - self._at) * self._rate)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        self._last_turn = max(self._last_turn, now) + 1 / self._rate
        return self._last_turn - now


def throttled(name: str, seconds: float) -> ThrottledError:
    """What `seconds` from a bucket mean to who wanted to ask."""
    return ThrottledError(
        f"{name}: asked as often as it may be", retry_after=timedelta(seconds=seconds)
    )
