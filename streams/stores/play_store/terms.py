"""The terms of a subscription's token: a paid order each, and what Google does not charge at all.

Choices, where Google leaves them open:
- A token's first order is a first purchase, its renewals are renewals. The first order of a token
  that took another's place is a renewal when the customer signed up again before the lapse or a
  deferred change took effect; after an immediate change and a prepaid top-up it is a purchase
  (RevenueCat's way).
- What is bought again after it lapsed has a token that is linked to none: a purchase of its own, also
  where Google says which token expired (it says so only until the purchase is acknowledged).
- The first item is the subscription itself (item `-`), add-ons are items by their product's id.
- Without a readable order the price is not known, and a renewal begins when it was seen.
- What has no order (a promotion) is one term of price unknown, named by its start.
"""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from streams.contracts.snapshot import NO_ITEM, Transaction
from streams.contracts.words import PeriodType, TransactionKind
from streams.stores.play_store.answers import LineItem, Order, OrderItem, Period, Seen
from streams.stores.play_store.money import money
from streams.stores.play_store.orders import base_of, charged_at, is_charged, is_renewal
from streams.stores.play_store.removed import removed

DEFERRED = "DEFERRED"
_PHASES = {
    "freeTrialDetails": (PeriodType.TRIAL, "free_trial"),
    "freeTrial": (PeriodType.TRIAL, "free_trial"),
    "FREE_TRIAL": (PeriodType.TRIAL, "free_trial"),
    "introductoryPriceDetails": (PeriodType.INTRO, "introductory"),
    "introductoryPrice": (PeriodType.INTRO, "introductory"),
    "INTRODUCTORY": (PeriodType.INTRO, "introductory"),
}


def items(seen: Seen) -> Iterator[tuple[str, LineItem]]:
    """Each line item under the name of its item."""
    for place, line in enumerate(seen.answer.line_items):
        yield (NO_ITEM if place == 0 else line.product_id), line


def product_of(line: LineItem) -> str:
    """`subscription:base-plan`."""
    return named(line.product_id, line.offer_details.base_plan_id)


def named(product_id: str, base_plan_id: str) -> str:
    return f"{product_id}:{base_plan_id}" if base_plan_id else product_id


def period_of(seen: Seen, line: LineItem) -> str | None:
    """The present period: its newest paid order, else the start; None while nothing has begun."""
    if line.latest_successful_order_id:
        return line.latest_successful_order_id
    start = seen.answer.start_time
    return None if start is None else str(round(start.timestamp() * 1000))


def terms(seen: Seen, observed_at: datetime) -> Iterator[Transaction]:
    """Of every item, oldest first."""
    for item, line in items(seen):
        newest = line.latest_successful_order_id
        if newest is None:
            yield from _free(seen, item, line)
            continue
        orders = tuple(one for one in seen.orders if base_of(one.order_id) == base_of(newest))
        found = (_paid(seen, item, line, order, observed_at) for order in orders)
        yield from (term for term in found if term is not None)
        if newest not in {order.order_id for order in orders}:
            yield _unpriced(seen, item, line, newest, observed_at)
    for line, orders in removed(seen):
        told = (_paid(seen, line.product_id, line, order, observed_at) for order in orders)
        yield from (term for term in told if term is not None)


def _item_of(order: Order, line: LineItem) -> OrderItem | None:
    """What the order says of this item; of a single one whatever it is: a deferred change renames it."""
    if len(order.line_items) == 1:
        return order.line_items[0]
    return next((one for one in order.line_items if one.product_id == line.product_id), None)


def _paid(
    seen: Seen, item: str, line: LineItem, order: Order, observed_at: datetime
) -> Transaction | None:
    """None: nothing was charged, or not for this item."""
    sold = _item_of(order, line)
    if sold is None or not is_charged(order):
        return None
    period = sold.subscription_details or Period()
    kind = _kind(seen, line, order.order_id)
    price = money(sold.total or (order.total if len(order.line_items) == 1 else None))
    period_type, offer = _phase(line, period)
    began = period.service_period_start_time or charged_at(order) or seen.answer.start_time
    return Transaction(
        transaction_id=order.order_id,
        original_transaction_id=base_of(order.order_id),
        fact=_fact(order.order_id, item),
        kind=kind,
        product_id=named(sold.product_id, period.base_plan_id or line.offer_details.base_plan_id),
        period=order.order_id,
        purchased_at=began or observed_at,
        expires_at=period.service_period_end_time or _expiry(line, order.order_id),
        period_type=period_type,
        item=item,
        price=price,
        offer_code=_promotion(line) if not is_renewal(order.order_id) else None,
        offer_type=offer,
        country=seen.answer.region_code,
        refs=(order.order_id,),
        charged_at=charged_at(order),
    )


def _unpriced(
    seen: Seen, item: str, line: LineItem, order_id: str, observed_at: datetime
) -> Transaction:
    """An order that Google does not show: no permission to see money, or older than it keeps."""
    began = None if is_renewal(order_id) else seen.answer.start_time
    return Transaction(
        transaction_id=order_id,
        original_transaction_id=base_of(order_id),
        fact=_fact(order_id, item),
        kind=_kind(seen, line, order_id),
        product_id=product_of(line),
        period=order_id,
        purchased_at=began or observed_at,
        expires_at=line.expiry_time,
        period_type=_phase(line, Period())[0],
        item=item,
        country=seen.answer.region_code,
        refs=(order_id,),
        charged_at=began,
    )


def _free(seen: Seen, item: str, line: LineItem) -> Iterator[Transaction]:
    """A promotion has no order; a deferred change has none either, until it takes effect."""
    period = period_of(seen, line)
    start = seen.answer.start_time
    if period is None or start is None or line.deferred_item_replacement is not None:
        return
    name = f"{period}.{sha256(seen.token.encode()).hexdigest()[:16]}"
    yield Transaction(
        transaction_id=name,
        original_transaction_id=name,
        fact=_fact(name, item),
        kind=_kind(seen, line, ""),
        product_id=product_of(line),
        period=period,
        purchased_at=start,
        expires_at=line.expiry_time,
        period_type=_phase(line, Period())[0],
        item=item,
        offer_code=_promotion(line),
        country=seen.answer.region_code,
        refs=(name,),
        charged_at=start,
    )


def _fact(transaction_id: str, item: str) -> str:
    return f"txn/{transaction_id}" if item == NO_ITEM else f"txn/{transaction_id}/{item}"


def _kind(seen: Seen, line: LineItem, order_id: str) -> TransactionKind:
    if is_renewal(order_id) or resumes(seen, line):
        return TransactionKind.RENEWAL
    return TransactionKind.INITIAL


def resumes(seen: Seen, line: LineItem) -> bool:
    """Whether this token goes on with what an older one had: signed up again, or changed as planned."""
    if seen.answer.linked_purchase_token is None or line.prepaid_plan is not None:
        return False
    replaced = line.item_replacement
    return replaced is None or replaced.replacement_mode == DEFERRED


def is_changed(seen: Seen, line: LineItem) -> bool:
    """Whether another product took the place of the older token's at once."""
    replaced = line.item_replacement
    linked = seen.answer.linked_purchase_token is not None and line.prepaid_plan is None
    return linked and replaced is not None and replaced.replacement_mode != DEFERRED


def changed_at_once(seen: Seen, line: LineItem) -> bool:
    """Whether it did so in the present period."""
    return is_changed(seen, line) and not is_renewal(line.latest_successful_order_id or "")


def _phase(line: LineItem, period: Period) -> tuple[PeriodType, str | None]:
    """The order's own words before the item's, which are of the present."""
    if line.prepaid_plan is not None:
        return PeriodType.PREPAID, None
    told = [*period.offer_phase_details, period.offer_phase]
    words = told if any(told) else list(line.offer_phase)
    found = next((_PHASES[word] for word in words if word in _PHASES), None)
    promoted = "promotional" if line.signup_promotion else None
    return found or (PeriodType.NORMAL, promoted)


def _promotion(line: LineItem) -> str | None:
    vanity = line.signup_promotion.vanity_code if line.signup_promotion else None
    return vanity.get("promotionCode") if vanity else None


def _expiry(line: LineItem, order_id: str) -> datetime | None:
    return line.expiry_time if line.latest_successful_order_id == order_id else None
