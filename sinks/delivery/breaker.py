"""A circuit breaker, as a value: closed, open until a time, half-open with one probe. Pure.

Closed lets everything through. After `failures` failed attempts in a row it opens: nothing goes
through until the cool-down is over. Then it lets one attempt at a time through; `successes` of them
close it, one failure opens it again, for twice as long.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerPolicy:
    failures: int = 10
    successes: int = 2
    cooldown: timedelta = timedelta(seconds=5)
    cooldown_max: timedelta = timedelta(minutes=5)


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


def state_at(until: datetime | None, now: datetime, longest: timedelta) -> BreakerState:
    """`until`: when an open breaker lets a probe through; None: it is closed. `longest`: a cool-down.

    Half-open too when the clock was set back: no cool-down is as long as what would be left.
    """
    if until is None:
        return BreakerState.CLOSED
    return BreakerState.OPEN if timedelta() < until - now <= longest else BreakerState.HALF_OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """`opened`: how often in a row, 0 is closed. `streak`: failures in a row while closed,
    successes in a row while half-open. `probing`: a probe is on its way."""

    policy: BreakerPolicy = field(default_factory=BreakerPolicy)
    opened: int = 0
    until: datetime | None = None
    streak: int = 0
    probing: bool = False

    def state(self, now: datetime) -> BreakerState:
        return state_at(self.until, now, self.policy.cooldown_max)

    def allows(self, now: datetime) -> bool:
        """Whether an attempt may start. When half-open, the caller says `started` before the next."""
        state = self.state(now)
        return state is BreakerState.CLOSED or (
            state is BreakerState.HALF_OPEN and not self.probing
        )

    def started(self, now: datetime) -> "Breaker":
        """An attempt that `allows` let through begins."""
        if self.state(now) is not BreakerState.HALF_OPEN:
            return self
        return replace(self, probing=True)

    def succeeded(self, now: datetime) -> "Breaker":
        if self.state(now) is BreakerState.CLOSED:
            return replace(self, streak=0) if self.streak else self
        if self.state(now) is BreakerState.OPEN:
            return self  # an attempt from before it opened: no probe
        streak = self.streak + 1
        if streak >= self.policy.successes:
            return Breaker(policy=self.policy)
        return replace(self, streak=streak, probing=False)

    def failed(self, now: datetime) -> "Breaker":
        if self.state(now) is BreakerState.OPEN:
            return self
        streak = self.streak + 1
        if self.state(now) is BreakerState.CLOSED and streak < self.policy.failures:
            return replace(self, streak=streak)
        return self._open(now)

    def _open(self, now: datetime) -> "Breaker":
        doubled = self.policy.cooldown * 2 ** min(self.opened, 16)
        return Breaker(
            policy=self.policy,
            opened=self.opened + 1,
            until=now + min(doubled, self.policy.cooldown_max),
        )
