"""What a lane makes of its destination's answers: whether an attempt may start, and how many at one time."""

from collections.abc import Callable
from datetime import datetime

from sinks.delivery.breaker import Breaker, BreakerState
from sinks.delivery.ending import Tried
from sinks.delivery.lane_log import LaneLog
from sinks.delivery.plan import Plan
from sinks.delivery.throttle import Throttle
from sinks.destinations.base import VerdictKind
from streams.observe import clock


class LaneGate:
    """`turned` is called when the breaker has opened, opened again, or closed; `opened_at`: since when
    it is not closed, `failed_for`: why it last turned."""

    def __init__(self, plan: Plan, log: LaneLog, turned: Callable[[], None]) -> None:
        self.opened_at: datetime | None = None
        self.failed_for = ""
        self._breaker = Breaker(policy=plan.breaker)
        self._throttle = Throttle(plan.concurrency)
        self._log = log
        self._turned = turned

    @property
    def state(self) -> BreakerState:
        return self._breaker.state(clock.now())

    @property
    def probe_at(self) -> datetime | None:
        """When an open breaker lets an attempt through."""
        return self._breaker.until

    @property
    def limit(self) -> int:
        """Attempts at one time."""
        return self._throttle.limit

    @property
    def holds(self) -> bool:
        """Whether no attempt may start now."""
        breaker = self._breaker
        return breaker.opened > 0 and not breaker.allows(clock.now())

    @property
    def is_open(self) -> bool:
        """Whether what waits had better not: not even a probe may go yet."""
        return self._breaker.opened > 0 and self.state is BreakerState.OPEN

    def started(self) -> None:
        """An attempt begins, which may be a probe."""
        if self._breaker.opened:
            self._breaker = self._breaker.started(clock.now())

    def note(self, tried: Tried, now: datetime) -> None:
        """How it went. DEAD is an answer: somebody is there."""
        before = self._breaker
        failed = tried.verdict.kind in {VerdictKind.RETRY, VerdictKind.DISABLE}
        self._breaker = before.failed(now) if failed else before.succeeded(now)
        if tried.verdict.slow:
            self._throttle.slow()
        elif not failed:
            self._throttle.delivered()
        if self._breaker.opened != before.opened:
            self.opened_at = (self.opened_at or now) if self._breaker.opened else None
            self.failed_for = tried.verdict.reason
            self._log.turned(self._breaker, self.failed_for)
            self._turned()
