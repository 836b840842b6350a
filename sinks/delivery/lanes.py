"""A lane: what goes to one destination. Its own concurrency, queue, breaker and pace, so that
nothing which one destination does is felt by another.

A delivery that is submitted ends in one of three ways, each within the plan's `hold`: an attempt was
made; it was put off without one (queue full, waited too long, breaker open); or it was given up
(paused, disabled). Events of one customer start in the order in which they were submitted, one at a
time; the order ends where one of them fails or is put off, for the others do not wait for it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from sinks.delivery.attempts import AttemptResult
from sinks.delivery.breaker import BreakerState
from sinks.delivery.delivery import Delivery
from sinks.delivery.ending import Ending, Tried, after_attempt, given_up, without_attempt
from sinks.delivery.lane_gate import LaneGate
from sinks.delivery.lane_log import LaneLog
from sinks.delivery.lane_report import LaneReport
from sinks.delivery.pace import Pace
from sinks.delivery.plan import Plan
from sinks.delivery.put_off import PutOff
from sinks.delivery.rate import Rate
from sinks.delivery.standing import Standing
from sinks.delivery.waiting import Waiting
from sinks.destinations.base import VerdictKind
from streams.observe import clock

LANE_FULL = "lane_full"
WAITED = "waited_too_long"
BREAKER_OPEN = "breaker_open"
_SWEEP = 0.25  # seconds between two looks for what has waited too long


class Attempting(Protocol):
    async def __call__(self, plan: Plan, delivery: Delivery, *, shadow: bool = False) -> Tried: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What a lane calls: to try, when a delivery has ended, when the destination is gone, when its
    breaker has turned, and when something in the lane itself failed, which must end the process."""

    attempt: Attempting
    ended: Callable[[Delivery, Ending], None]
    gone: Callable[[Plan, str], None]
    turned: Callable[[], None]
    crashed: Callable[[BaseException], None]


class Lane:
    def __init__(self, plan: Plan, hooks: Hooks, standing: Standing) -> None:
        self.plan = plan
        self._hooks = hooks
        self._standing = standing
        self._log = LaneLog(plan.name)
        self._gate = LaneGate(plan, self._log, hooks.turned)
        self._put_off_now = PutOff()
        self._rate = Rate(plan.rate)
        self._turn: asyncio.TimerHandle | None = None
        self._waiting = Waiting()
        self._tasks: set[asyncio.Task[None]] = set()
        slowest = plan.concurrency / plan.timeout.total_seconds()
        if plan.rate:
            slowest = min(plan.rate, slowest)
        self._pace = Pace(window=plan.queue, slowest=slowest)
        self._sweep: asyncio.TimerHandle | None = None
        self._stopped = False

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def under_way(self) -> int:
        return len(self._tasks)

    @property
    def breaker(self) -> BreakerState:
        return self._gate.state

    def report(self) -> LaneReport:
        """How it stands, for an operator."""
        now = clock.now()
        return LaneReport(
            destination=self.plan.name,
            probe_at=self._gate.probe_at,
            opened_at=self._gate.opened_at,
            reason=self._gate.failed_for,
            waiting=self.waiting,
            under_way=self.under_way,
            put_off=self._put_off_now.count(now),
            put_off_reason=self._put_off_now.reason,
        )

    def submit(self, delivery: Delivery) -> None:
        """Start it, queue it, put it off or give it up; never waits."""
        if self._stopped:
            return  # not done, so it is read again after the restart
        refusal = self._standing.refusal(self.plan)
        if refusal is not None:
            self._give_up(delivery, refusal)
        elif self._gate.holds:
            self._put_off(delivery, BREAKER_OPEN)
        elif len(self._waiting) >= self.plan.queue:
            self._put_off(delivery, LANE_FULL)
        else:
            self._waiting.add(delivery)
            self._start_waiting()
            self._pace.busy(clock.monotonic(), waits=bool(self._waiting))

    def forget(self) -> None:
        """Drop what waits: its partitions went away, so it is read again, here or elsewhere."""
        self._waiting.clear()

    def has_room(self, count: int) -> bool:
        """Whether so many more can wait here, or as many as ever can."""
        return len(self._waiting) <= max(0, self.plan.queue - count)

    def drains_soon(self) -> bool:
        """Whether what waits is gone within a second, at the pace that was seen."""
        return self._pace.drains_within(1.0, len(self._waiting), clock.monotonic())

    async def stop(self, patience: timedelta) -> None:
        """Start nothing more; give what is under way the time to end, then cut it off."""
        self._stopped = True
        for timer in (self._sweep, self._turn):
            if timer is not None:
                timer.cancel()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=patience.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _start_waiting(self) -> None:
        limit = self._gate.limit
        while not self._stopped and len(self._tasks) < limit and not self._gate.holds:
            delivery = self._next()
            if delivery is None:
                break
            self._start(delivery)
        if len(self._waiting) and self._sweep is None and not self._stopped:
            self._sweep = asyncio.get_running_loop().call_later(_SWEEP, self._sweep_late)

    def _next(self) -> Delivery | None:
        """The next one that may start now; while the rate forbids it, none, and another look then."""
        now = clock.monotonic()
        wait = self._rate.wait(now)
        if wait:
            if self._turn is None and len(self._waiting):
                self._turn = asyncio.get_running_loop().call_later(wait, self._take_turn)
            return None
        delivery = self._waiting.take()
        if delivery is not None:
            self._rate.started(now)
        return delivery

    def _take_turn(self) -> None:
        self._turn = None
        self._start_waiting()

    def _turn_away(self) -> None:
        """What waits when the destination is paused, is gone or fails does not wait for the end."""
        refusal = self._standing.refusal(self.plan)
        if refusal is not None:
            for delivery in self._waiting.clear():
                self._give_up(delivery, refusal)
        elif self._gate.is_open:
            self._put_off_all(self._waiting.clear(), BREAKER_OPEN)

    def _start(self, delivery: Delivery) -> None:
        """In a task of its own. (Seen: places that go on with the next attempt in the same task cost
        more, for then fewer sockets are ready in one turn of the loop.)"""
        self._gate.started()
        self._log.begun(clock.monotonic() - delivery.read_at)
        task = asyncio.create_task(self._try(delivery))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._tried(delivery, done))

    async def _try(self, delivery: Delivery) -> None:
        shadow = self._standing.is_shadow(self.plan)
        tried = await self._hooks.attempt(self.plan, delivery, shadow=shadow)
        now = clock.now()
        self._log.tried(tried.timing.total_ms / 1000)
        self._gate.note(tried, now)
        if tried.verdict.kind is VerdictKind.DISABLE:
            self._hooks.gone(self.plan, tried.verdict.reason)
        if tried.verdict.kind is VerdictKind.DELIVERED and not delivery.attempts:
            self._log.delivered_at_once((now - delivery.event.received_at).total_seconds())
        ending = after_attempt(delivery, self.plan, tried, now)
        if ending.result is AttemptResult.DEAD:
            self._log.dead(delivery, ending)
        self._end(delivery, ending)

    def _tried(self, delivery: Delivery, task: asyncio.Task[None]) -> None:
        """The attempt is over, however it went: its place is free."""
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._hooks.crashed(error)
            return
        self._waiting.ended(delivery.event.customer_id)
        self._turn_away()
        self._start_waiting()
        self._pace.ended(clock.monotonic(), waits=bool(self._waiting))
        if not self._tasks:
            self._pace.idle()

    def _sweep_late(self) -> None:
        self._sweep = None
        late = clock.monotonic() - self.plan.patience.total_seconds()
        self._put_off_all(self._waiting.remove_read_before(late), WAITED)
        self._turn_away()
        self._start_waiting()

    def _give_up(self, delivery: Delivery, reason: str) -> None:
        self._end(delivery, given_up(delivery, self.plan.type, reason, "", clock.now()))

    def _put_off_all(self, deliveries: tuple[Delivery, ...], reason: str) -> None:
        for delivery in deliveries:
            self._put_off(delivery, reason)

    def _put_off(self, delivery: Delivery, reason: str) -> None:
        self._log.put_off(reason)
        now, wait = clock.now(), None
        if reason != BREAKER_OPEN:
            before, age = self._put_off_now.count(now), now - delivery.first_at
            wait = timedelta(seconds=self._pace.wait_to_return(clock.monotonic(), before, age))
        ending = without_attempt(delivery, self.plan, reason, now, wait)
        if ending.due_at is not None:
            self._put_off_now.add(ending.due_at, reason)
        self._end(delivery, ending)

    def _end(self, delivery: Delivery, ending: Ending) -> None:
        if ending.result is not None:
            self._log.ended(ending.result)
        self._hooks.ended(delivery, ending)
