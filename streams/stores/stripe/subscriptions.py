"""Events customer.subscription.*: how each item stands, and the starts that no invoice tells.

A paid period begins with its invoice (invoices.py). A free one begins here: a trial, a price of 0,
a metered price. The first invoice of all three has lines of amount 0 that look alike (the new shape
shows a trial's unit price as 0, and its description is translated), so those lines are passed over
there, while the subscription tells the three apart by its own dates and prices.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from streams.contracts.codec import decode
from streams.contracts.errors import MalformedError
from streams.contracts.money import Money
from streams.contracts.snapshot import Snapshot, Standing, Transaction
from streams.contracts.words import Access, PeriodType, Reason, Signal, TransactionKind
from streams.stores.moments import at_seconds, at_seconds_or_none
from streams.stores.stripe.events import NOTHING, Former, Price, Subscription, SubscriptionItem
from streams.stores.stripe.money import money
from streams.stores.stripe.said import Context, Said, identities
from streams.stores.stripe.schedules import planned, product_of

# No purchase yet: the first payment is open, or never came.
_NOT_BEGUN = frozenset({"incomplete", "incomplete_expired"})
_ACCESS = {
    "trialing": Access.ACTIVE,
    "active": Access.ACTIVE,
    "past_due": Access.GRACE,  # without an end: Stripe's settings decide what comes next
    "unpaid": Access.RETRY,
    "canceled": Access.EXPIRED,
    "paused": Access.PAUSED,
}
_REASONS = {
    "cancellation_requested": Reason.UNSUBSCRIBE,
    "payment_failed": Reason.BILLING_ERROR,
    "payment_disputed": Reason.CUSTOMER_SUPPORT,
    "canceled_by_retention_policy": Reason.DEVELOPER_INITIATED,
}
_ENDED = {"unpaid": Reason.BILLING_ERROR, "paused": Reason.SUBSCRIPTION_PAUSED}


def read_subscription(context: Context) -> Said:
    """One standing an item; none before the first payment."""
    subscription = context.read(Subscription)
    named = identities(subscription.customer, subscription.metadata)
    if subscription.status in _NOT_BEGUN:
        snapshot, signal = Snapshot(identities=named), Signal.NOTED
    else:
        snapshot, signal = _snapshot(subscription, context, named), context.signal
    return Said(signal=signal, purchase_id=subscription.id, snapshot=snapshot)


def _snapshot(subscription: Subscription, context: Context, named: dict[str, str]) -> Snapshot:
    former = _former(context)
    starts = [_start(item, subscription, context) for item in subscription.items.data]
    return Snapshot(
        transactions=tuple(start for start in starts if start is not None),
        standings=tuple(
            standing
            for item in subscription.items.data
            for standing in _standings(item, subscription, context, former.get(item.id))
        ),
        identities=named,
    )


class _Was(NamedTuple):
    """An item before this very event. The period is None where it did not move."""

    product: str | None
    start: int | None
    end: int | None


def _former(context: Context) -> dict[str, _Was]:
    """Of each item of which the event says something."""
    previous = context.content.previous_attributes
    if previous == NOTHING:
        return {}
    told = decode(previous, Former, at="data.previous_attributes")
    by_price = context.options.product_from == "price"
    return {
        item.id: _Was(
            item.price.id if by_price else item.price.product,
            item.current_period_start or told.current_period_start,
            item.current_period_end or told.current_period_end,
        )
        for item in told.items.data
        if item.id and item.price
    }


def _period(item: SubscriptionItem, subscription: Subscription) -> tuple[int, int]:
    start = item.current_period_start or subscription.current_period_start
    end = item.current_period_end or subscription.current_period_end
    if start is None or end is None:
        raise MalformedError(f"item {item.id} without a current period")
    return start, end


def _standings(
    item: SubscriptionItem, subscription: Subscription, context: Context, was: _Was | None
) -> Iterator[Standing]:
    """Of the present period; and of the one before, where another product follows at its end: that is
    what it was to renew into, whoever has heard of the plan before."""
    start, end = _period(item, subscription)
    product = product_of(item.price, context)
    changed = was is not None and was.product not in {None, product}
    follows = was if changed and was and was.start and was.end and was.end <= start else None
    if follows is not None:
        yield Standing(
            period=str(follows.start),
            item=item.id,
            product_id=follows.product,
            next_product_id=product,
            expires_at=at_seconds_or_none(follows.end),
        )
    access, auto_renew, reason = _state(subscription)
    pause = subscription.pause_collection
    yield Standing(
        period=str(start),
        item=item.id,
        product_id=product,
        purchased_at=at_seconds(start),
        expires_at=at_seconds(end),
        auto_renew=auto_renew,
        next_product_id=planned(item, subscription, context, end),
        product_changed=changed and follows is None,
        access=access,
        pause_scheduled=pause is not None,
        auto_resume_at=at_seconds_or_none(pause.resumes_at if pause else None),
        ended_at=_ended_at(subscription, access, context),
        reason=reason,
        since=None if auto_renew is not False else _off_since(subscription, start),
    )


def _off_since(subscription: Subscription, start: int) -> datetime | None:
    """In a period after the one of the request, which came because the end is later, from its start."""
    asked = subscription.canceled_at
    return None if asked is None else at_seconds(max(asked, start))


def _ended_at(
    subscription: Subscription, access: Access | None, context: Context
) -> datetime | None:
    """Unpaid and paused ones have no `ended_at`, and a period that ends later: access went now."""
    if subscription.ended_at is None and access is not None and access.ended:
        return context.occurred_at
    return at_seconds_or_none(subscription.ended_at)


def _state(subscription: Subscription) -> tuple[Access | None, bool | None, Reason | None]:
    """Access, whether it renews, and why not. A subscription that a failed payment ended did not
    stop renewing: it counts as failing, so that the failure is told though its own event was lost."""
    details = subscription.cancellation_details
    said = details.reason if details else None
    access = _ACCESS.get(subscription.status)
    if subscription.status != "canceled":
        renews = not subscription.cancel_at_period_end and subscription.cancel_at is None
        ended = _ENDED.get(subscription.status)
        return access, renews, ended or (None if renews else _REASONS.get(said or ""))
    if said == "payment_failed":
        return Access.RETRY, None, Reason.BILLING_ERROR
    return access, False, _REASONS.get(said or "", Reason.UNKNOWN)


def _start(
    item: SubscriptionItem, subscription: Subscription, context: Context
) -> Transaction | None:
    """The start of a period that nobody pays for, when the item is in it."""
    start, end = _period(item, subscription)
    first = start <= max(subscription.start_date or 0, subscription.created)
    if _is_trial(start, end, subscription):
        period_type = PeriodType.TRIAL
    elif first and _is_free(item.price):
        period_type = PeriodType.NORMAL
    else:
        return None
    return Transaction(
        transaction_id=f"{item.id}/{start}",
        original_transaction_id=subscription.id,
        fact=f"{context.key(subscription.id)}/{item.id}/{start}/start",
        kind=TransactionKind.INITIAL if first else TransactionKind.RENEWAL,
        product_id=product_of(item.price, context),
        period=str(start),
        item=item.id,
        purchased_at=at_seconds(start),
        expires_at=at_seconds(end),
        period_type=period_type,
        price=_nothing(item.price),
    )


def _is_trial(start: int, end: int, subscription: Subscription) -> bool:
    """In a trial the item's period is the trial's; one that was canceled in it still shows it."""
    if subscription.trial_start != start:
        return False
    return subscription.status == "trialing" or subscription.trial_end == end


def _is_free(price: Price) -> bool:
    metered = price.recurring is not None and price.recurring.usage_type == "metered"
    return metered or price.unit_amount == 0


def _nothing(price: Price) -> Money | None:
    return None if price.currency is None else money(0, price.currency)
