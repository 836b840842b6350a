"""What becomes of a delivery after an attempt, or without one. Pure: values in, records out.

Whatever way a delivery ends, the records that say so are acknowledged before its event counts as
done: delivered, on its way back through a delay topic, or in the dead letters. Nothing is dropped.
"""

from datetime import datetime, timedelta

from msgspec import Struct

from sinks.delivery.attempts import Attempt, AttemptResult, Timing, attempt_out, snippet
from sinks.delivery.delivery import Delivery, dead_out, retry_out
from sinks.delivery.plan import Plan
from sinks.delivery.schedule import Schedule
from sinks.destinations.base import Response, Verdict, VerdictKind
from streams.contracts.step import Out
from streams.kafka.delay_steps import delayed

EXHAUSTED = "exhausted"
UNKNOWN_DESTINATION = "unknown_destination"


class Tried(Struct, frozen=True, kw_only=True):
    """One attempt as it went. `response` None: there was no answer, the verdict's reason says why."""

    verdict: Verdict
    started_at: datetime
    detail: str = ""
    response: Response | None = None
    timing: Timing = Timing()
    request_bytes: int = 0
    shadow: bool = False


class Ending(Struct, frozen=True, kw_only=True):
    """`outs`: to be acknowledged. `result`: None when it was put off without an attempt, until
    `due_at`."""

    outs: tuple[Out, ...]
    result: AttemptResult | None
    reason: str = ""
    due_at: datetime | None = None


def after_attempt(delivery: Delivery, plan: Plan, tried: Tried, now: datetime) -> Ending:
    """Delivered, again after the schedule's step or the receiver's own Retry-After, or dead."""
    verdict = tried.verdict
    made = delivery.attempts + 1
    if verdict.kind is VerdictKind.DELIVERED:
        result = AttemptResult.SHADOW if tried.shadow else AttemptResult.DELIVERED
        return _logged(delivery, plan, tried, result)
    wait = plan.schedule.after(made, delivery.seed)
    if verdict.kind is not VerdictKind.RETRY:
        return _dead_after(delivery, plan, tried, verdict.reason)
    if wait is None:
        return _dead_after(delivery, plan, tried, f"{EXHAUSTED}: {verdict.reason}")
    due_at = now + max(wait, verdict.after or timedelta())
    again = delayed(retry_out(delivery, attempts=made, postponed=0), due_at=due_at, now=now)
    return _logged(delivery, plan, tried, AttemptResult.RETRY, again, next_at=due_at)


def without_attempt(
    delivery: Delivery, plan: Plan, reason: str, now: datetime, wait: timedelta | None = None
) -> Ending:
    """Put off, for `wait` or the schedule's next step; dead once it is too old for that."""
    age = now - delivery.first_at
    if age >= plan.schedule.patience:
        return given_up(delivery, plan.type, f"{EXHAUSTED}: {reason}", "", now)
    later = wait or plan.schedule.postponement(delivery.postponed, delivery.seed, age)
    again = retry_out(delivery, attempts=delivery.attempts, postponed=delivery.postponed + 1)
    due_at = now + later
    outs = (delayed(again, due_at=due_at, now=now),)
    return Ending(outs=outs, result=None, reason=reason, due_at=due_at)


def without_destination(delivery: Delivery, schedule: Schedule, now: datetime) -> Ending:
    """Its destination is not in this process's file: removed, or not there yet in a rolling change.

    Only time can tell, so it takes the schedule's steps as if an attempt had failed.
    """
    wait = schedule.after(delivery.attempts + 1, delivery.seed)
    if wait is None:
        return given_up(delivery, "", UNKNOWN_DESTINATION, "", now)
    again = retry_out(delivery, attempts=delivery.attempts + 1, postponed=0)
    outs = (delayed(again, due_at=now + wait, now=now),)
    return Ending(outs=outs, result=None, reason=UNKNOWN_DESTINATION)


def given_up(
    delivery: Delivery, destination_type: str, reason: str, detail: str, now: datetime
) -> Ending:
    """Dead without an attempt: paused, disabled, too long put off, or a bug in the destination."""
    event = delivery.event
    logged = Attempt(
        event_id=event.id,
        event_type=event.type,
        destination=delivery.destination,
        destination_type=destination_type,
        app_id=event.app_id,
        store=event.store,
        environment=event.environment,
        attempt=delivery.attempts,
        started_at=now,
        event_received_at=event.received_at,
        result=AttemptResult.DEAD,
        reason=reason,
        detail=detail,
        replay=delivery.replay,
    )
    dead = dead_out(delivery, attempts=delivery.attempts, reason=reason, detail=detail)
    return Ending(outs=(attempt_out(logged), dead), result=AttemptResult.DEAD, reason=reason)


def _dead_after(delivery: Delivery, plan: Plan, tried: Tried, reason: str) -> Ending:
    made = delivery.attempts + 1
    dead = dead_out(delivery, attempts=made, reason=reason, detail=tried.detail)
    return _logged(delivery, plan, tried, AttemptResult.DEAD, dead, reason=reason)


def _logged(
    delivery: Delivery,
    plan: Plan,
    tried: Tried,
    result: AttemptResult,
    *others: Out,
    next_at: datetime | None = None,
    reason: str | None = None,
) -> Ending:
    why = tried.verdict.reason if reason is None else reason
    event, response, destination = delivery.event, tried.response, plan.destination
    logged = Attempt(
        event_id=event.id,
        event_type=event.type,
        destination=plan.name,
        destination_type=plan.type,
        app_id=event.app_id,
        store=event.store,
        environment=event.environment,
        attempt=delivery.attempts + 1,
        started_at=tried.started_at,
        event_received_at=event.received_at,
        result=result,
        reason=why,
        detail=tried.detail,
        status=response.status if response else None,
        next_at=next_at,
        timing=tried.timing,
        request_bytes=tried.request_bytes,
        response_bytes=len(response.body) if response else 0,
        response_snippet=snippet(response.body, destination.secrets, destination.url)
        if response
        else "",
        replay=delivery.replay,
    )
    return Ending(outs=(attempt_out(logged), *others), result=result, reason=why)
