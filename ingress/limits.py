"""What one token and all tokens together may send. Time is given; nothing here waits.

Each limit is of this process alone: two ingress processes allow twice as much.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ingress.config import Limits
from ingress.refusal import busy

_MOST_RETRY_AFTER = timedelta(hours=1)


class InFlight:
    """Bytes of bodies that are in memory: read, or being read, and not yet acknowledged."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.bytes = 0

    def take(self, size: int) -> None:
        """Raise Refusal (503) when there is no room; then nothing is taken."""
        if self.bytes + size > self._most:
            raise busy("too much is waiting for the broker; send it again", why="in_flight")
        self.bytes += size

    def give(self, size: int) -> None:
        self.bytes -= size


@dataclass(slots=True, kw_only=True)
class _Spent:
    tokens: float  # of the bucket
    at: float  # monotonic seconds of the last refill
    day: date
    bytes: int = 0


class TokenLimits:
    """A rate (token bucket of one second's worth) and a day's bytes for every token."""

    def __init__(self, limits: Limits) -> None:
        self._rate = float(limits.token_per_second)
        self._day_bytes = limits.token_day_bytes
        self._spent: dict[str, _Spent] = {}

    def admit(self, token: str, *, now: datetime, monotonic: float) -> None:
        """Count one post of `token`; raise Refusal (503) when it is one too many."""
        spent = self._of(token, now, monotonic)
        if spent.bytes >= self._day_bytes:
            raise busy(
                "this token has sent its bytes of the day; send it again later",
                why="token_day",
                retry_after=min(_until_midnight(now), _MOST_RETRY_AFTER),
            )
        spent.tokens = min(self._rate, spent.tokens + (monotonic - spent.at) * self._rate)
        spent.at = monotonic
        if spent.tokens < 1:
            raise busy(
                "this token sends too fast; send it again",
                why="token_rate",
                retry_after=timedelta(seconds=1),
            )
        spent.tokens -= 1

    def add(self, token: str, size: int) -> None:
        """Count the bytes of an admitted post."""
        self._spent[token].bytes += size

    def _of(self, token: str, now: datetime, monotonic: float) -> _Spent:
        spent = self._spent.get(token)
        if spent is None:
            spent = _Spent(tokens=self._rate, at=monotonic, day=now.date())
            self._spent[token] = spent
        if spent.day != now.date():
            spent.day, spent.bytes = now.date(), 0
        return spent


def _until_midnight(now: datetime) -> timedelta:
    return datetime.combine(now.date() + timedelta(days=1), time(), UTC) - now
