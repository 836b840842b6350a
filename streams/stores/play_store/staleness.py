"""Whether an answer is older than the message that led to it: Google's API may lag behind its news.

A message that is not fresh any more proves nothing: what it told of may be over by now.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from streams.contracts.purchase import Pointer
from streams.contracts.words import Signal
from streams.stores.play_store.answers import Seen
from streams.stores.play_store.orders import is_refunded
from streams.stores.play_store.standing import state_of

FRESH = timedelta(minutes=40)
"""The last of the times at which a stale answer is asked again lies within."""


def _in(*states: str) -> Callable[[Seen, Pointer], bool]:
    return lambda seen, _: state_of(seen) in states


def _runs_on(seen: Seen, pointer: Pointer) -> bool:
    """Past the message's own time, as after a charge."""
    ends = [line.expiry_time for line in seen.answer.line_items if line.expiry_time]
    return bool(ends) and max(ends) > pointer.occurred_at


def _renewing(on: bool) -> Callable[[Seen, Pointer], bool]:
    def check(seen: Seen, _: Pointer) -> bool:
        plans = [line.auto_renewing_plan for line in seen.answer.line_items]
        return any(plan is not None and plan.auto_renew_enabled for plan in plans) is on

    return check


def _money_back(seen: Seen, pointer: Pointer) -> bool:
    named = pointer.hint.get("order_id")
    gone = {order.order_id for order in seen.orders if is_refunded(order)}
    partly = {o.order_id for o in seen.orders if o.order_history.partial_refund_events}
    gone |= partly | {void.order_id for void in seen.voids}
    return named in gone if named else bool(gone)


def _revoked(seen: Seen, pointer: Pointer) -> bool:
    """By the developer mostly with a refund, which may show later than the end."""
    return state_of(seen) == "EXPIRED" and _money_back(seen, pointer)


_SHOWN: dict[Signal, Callable[[Seen, Pointer], bool]] = {
    Signal.RENEWED: _runs_on,
    Signal.RECOVERED: _runs_on,
    Signal.RENEWAL_OFF: _renewing(on=False),
    Signal.RENEWAL_ON: _renewing(on=True),
    Signal.BILLING_FAILED: _in("ON_HOLD", "CANCELED", "EXPIRED"),
    Signal.GRACE_STARTED: _in("IN_GRACE_PERIOD", "ON_HOLD", "CANCELED", "EXPIRED"),
    Signal.PAUSED: _in("PAUSED", "EXPIRED", "CANCELED"),
    Signal.EXPIRED: _in("EXPIRED"),
    Signal.REVOKED: _revoked,
    Signal.REFUNDED: _money_back,
}


def is_stale(pointer: Pointer, seen: Seen, answered_at: datetime) -> bool:
    """Whether to ask again soon."""
    shown = _SHOWN.get(pointer.signal)
    return shown is not None and is_fresh(pointer, answered_at) and not shown(seen, pointer)


def is_fresh(pointer: Pointer, answered_at: datetime) -> bool:
    """Whether its message is so young that an answer may not know of it yet."""
    return answered_at - pointer.occurred_at <= FRESH
