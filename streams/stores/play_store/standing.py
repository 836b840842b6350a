"""How a token's subscription stands: Google's state and contexts as one Standing an item.

A standing is of the newest paid period, so a charge that failed, a pause and an end are all told of
the last term that was granted. A token that a newer one replaced says nothing of access any more:
the newer one does.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from streams.contracts.purchase import Pointer
from streams.contracts.snapshot import Standing, Transaction
from streams.contracts.words import Access, Consent, Reason, Signal
from streams.stores.play_store.answers import CancelContext, LineItem, Seen
from streams.stores.play_store.orders import is_refunded
from streams.stores.play_store.removed import of_removed
from streams.stores.play_store.succession import of_first, of_older, running_period
from streams.stores.play_store.terms import (
    changed_at_once,
    items,
    named,
    period_of,
    product_of,
)

PREFIX = "SUBSCRIPTION_STATE_"
ACCESS = {
    "ACTIVE": Access.ACTIVE,
    "CANCELED": Access.ACTIVE,  # until it expires
    "IN_GRACE_PERIOD": Access.GRACE,
    "ON_HOLD": Access.RETRY,
    "PAUSED": Access.PAUSED,
    "EXPIRED": Access.EXPIRED,
}
NOTHING_YET = frozenset({"PENDING", "PENDING_PURCHASE_CANCELED"})
"""No purchase has come of it."""
_CONSENT = {
    "OUTSTANDING": Consent.ASKED,
    "CONFIRMED": Consent.GIVEN,
    "APPLIED": Consent.GIVEN,
    "PENDING": Consent.ASKED,
    "COMPLETED": Consent.GIVEN,
}
_OPT_IN = frozenset({"PRICE_INCREASE"})
_REFUSED = frozenset({"OUTSTANDING", "CANCELED"})


def state_of(seen: Seen) -> str:
    """Google's word without its prefix."""
    return seen.answer.subscription_state.removeprefix(PREFIX)


def is_known(seen: Seen) -> bool:
    """Whether the tables have Google's word."""
    return state_of(seen) in ACCESS or state_of(seen) in NOTHING_YET


def standings(
    seen: Seen, before: Seen | None, pointer: Pointer, terms: tuple[Transaction, ...]
) -> tuple[Standing, ...]:
    """Of the token, and of the one `before` that it replaced; `terms`: of both."""
    older = (*of_older(before, seen, terms), *of_removed(before)) if before is not None else ()
    present = _present(seen, before, pointer, terms)
    return (*older, *of_first(seen, terms), *of_removed(seen), *present)


def _present(
    seen: Seen, before: Seen | None, pointer: Pointer, terms: tuple[Transaction, ...]
) -> Iterator[Standing]:
    for item, line in items(seen):
        period = running_period(line, item, before) or period_of(seen, line)
        if period is None:
            continue
        term = next((t for t in terms if (t.item, t.period) == (item, period)), None)
        plain = Standing(
            period=period,
            item=item,
            product_id=product_of(line),
            purchased_at=term.purchased_at if term else None,
            expires_at=line.expiry_time,
        )
        yield _told(plain, seen, line, pointer)


def _told(plain: Standing, seen: Seen, line: LineItem, pointer: Pointer) -> Standing:
    if is_replaced(seen):
        ended = line.prepaid_plan is not None
        return replace(plain, access=Access.EXPIRED if ended else None, product_id=None)
    standing = replace(
        plain,
        access=ACCESS.get(state_of(seen)),
        auto_renew=_auto_renew(line),
        next_product_id=_next(line),
        product_changed=changed_at_once(seen, line),
        reason=_reason(seen, line),
        since=_canceled_at(seen),
        consent=_consent(line),
    )
    return _with_access(standing, seen, line, pointer)


def _with_access(standing: Standing, seen: Seen, line: LineItem, pointer: Pointer) -> Standing:
    """What `expiryTime` means depends on the state: an end to come, that of grace, or one that was."""
    until = line.expiry_time
    match standing.access:
        case Access.GRACE:
            standing = replace(standing, expires_at=None, grace_expires_at=until)
        case Access.ACTIVE:
            standing = _pausing(standing, seen, pointer)
        case Access.PAUSED:
            paused = replace(standing, auto_renew=None, auto_resume_at=_resumes_at(seen))
            standing = replace(paused, ended_at=until, reason=Reason.SUBSCRIPTION_PAUSED)
        case Access.RETRY:
            standing = replace(standing, ended_at=until, reason=Reason.BILLING_ERROR)
        case Access.EXPIRED:
            standing = _ended(replace(standing, ended_at=until), seen, line, pointer)
        case _:
            pass
    return standing


def is_replaced(seen: Seen) -> bool:
    """Whether a newer token took its place."""
    context = seen.answer.canceled_state_context
    return context is not None and context.replacement_cancellation is not None


def _pausing(standing: Standing, seen: Seen, pointer: Pointer) -> Standing:
    """That a pause is scheduled the answer does not always say; a message of it is believed, because
    it gives and takes nothing. Its withdrawal has the same number, so it counts once a period."""
    announced = seen.answer.paused_state_context is not None
    if announced or pointer.signal is Signal.PAUSE_SCHEDULED:
        return replace(standing, pause_scheduled=True, auto_resume_at=_resumes_at(seen))
    return standing


def _ended(standing: Standing, seen: Seen, line: LineItem, pointer: Pointer) -> Standing:
    """Money that went back ended it, whatever Google gives as the cause of the cancellation; renewal
    is not told off then, because the refund is the cancellation. Taken away without a refund it was
    by the developer."""
    order = next(
        (one for one in seen.orders if one.order_id == line.latest_successful_order_id), None
    )
    voided = any(void.order_id == line.latest_successful_order_id for void in seen.voids)
    if voided or (order is not None and is_refunded(order)):
        return replace(standing, auto_renew=None, reason=Reason.CUSTOMER_SUPPORT)
    if pointer.signal is Signal.REVOKED:
        return replace(standing, reason=Reason.DEVELOPER_INITIATED)
    return standing


def _auto_renew(line: LineItem) -> bool | None:
    """A prepaid plan never renews by itself, so nothing is switched off there. An add-on that is to be
    taken out does not renew, whatever its plan says."""
    plan = line.auto_renewing_plan
    if plan is None:
        return None
    if line.deferred_item_removal is not None:
        return False
    pending = plan.installment_details and plan.installment_details.pending_cancellation
    return plan.auto_renew_enabled and pending is None


def _next(line: LineItem) -> str | None:
    """The product that a deferred change leads to; itself when none is planned."""
    planned = line.deferred_item_replacement
    if planned is None or not planned.product_id:
        return product_of(line)
    return named(planned.product_id, planned.base_plan_id)


def _reason(seen: Seen, line: LineItem) -> Reason | None:
    if _auto_renew(line) and state_of(seen) != "EXPIRED":
        return None
    change = line.auto_renewing_plan and line.auto_renewing_plan.price_change_details
    if change and change.price_change_mode in _OPT_IN and change.price_change_state in _REFUSED:
        return Reason.PRICE_INCREASE
    return _cause(seen.answer.canceled_state_context)


def _cause(context: CancelContext | None) -> Reason | None:
    if context is None:
        return None
    if context.user_initiated_cancellation is not None:
        return Reason.UNSUBSCRIBE
    if context.system_initiated_cancellation is not None:
        return Reason.BILLING_ERROR
    if context.developer_initiated_cancellation is not None:
        return Reason.DEVELOPER_INITIATED
    return None


def _canceled_at(seen: Seen) -> datetime | None:
    context = seen.answer.canceled_state_context
    told = context.user_initiated_cancellation if context else None
    return told.cancel_time if told else None


def _resumes_at(seen: Seen) -> datetime | None:
    context = seen.answer.paused_state_context
    return context.auto_resume_time if context else None


def _consent(line: LineItem) -> Consent | None:
    """Only to increases that the customer has to agree to; Korea's steps as well."""
    plan = line.auto_renewing_plan
    if plan is None:
        return None
    change, step = plan.price_change_details, plan.price_step_up_consent_details
    if change is not None and change.price_change_mode in _OPT_IN:
        return _CONSENT.get(change.price_change_state)
    return _CONSENT.get(step.state) if step is not None else None
