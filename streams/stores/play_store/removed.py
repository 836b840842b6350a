"""Add-ons that are no more among a subscription's items, though its orders say that they were sold.

Google takes one out at a renewal and then says nothing of it: the last order that has it is its last
period. What an order calls by another name than today's first item is told only where the order has
that item too, because a deferred change renames it.
"""

from collections.abc import Iterator
from typing import NamedTuple

from streams.contracts.snapshot import Standing
from streams.contracts.words import Access
from streams.stores.play_store.answers import LineItem, OfferDetails, Order, Period, Seen
from streams.stores.play_store.orders import is_charged


class Removed(NamedTuple):
    """`line`: as it would be listed. `orders`: those that have it, oldest first."""

    line: LineItem
    orders: tuple[Order, ...]

    @property
    def last(self) -> Period:
        return _period(self.orders[-1], self.line.product_id)


def removed(seen: Seen) -> Iterator[Removed]:
    """Each under its product's id, which is its item's name."""
    listed = {line.product_id for line in seen.answer.line_items}
    first = seen.answer.line_items[0].product_id if seen.answer.line_items else ""
    of_first = [order for order in seen.orders if is_charged(order) and _has(order, first)]
    sold = {item.product_id for order in of_first for item in order.line_items}
    for product_id in sorted(sold - listed):
        orders = tuple(order for order in of_first if _has(order, product_id))
        plan = OfferDetails(base_plan_id=_period(orders[-1], product_id).base_plan_id)
        yield Removed(LineItem(product_id=product_id, offer_details=plan), orders)


def of_removed(seen: Seen) -> Iterator[Standing]:
    """It did not renew, and ended with its last period."""
    for one in removed(seen):
        ended_at = one.last.service_period_end_time
        yield Standing(
            period=one.orders[-1].order_id,
            item=one.line.product_id,
            expires_at=ended_at,
            auto_renew=False,
            access=Access.EXPIRED,
            ended_at=ended_at,
        )


def _has(order: Order, product_id: str) -> bool:
    return any(item.product_id == product_id for item in order.line_items)


def _period(order: Order, product_id: str) -> Period:
    sold = next(item for item in order.line_items if item.product_id == product_id)
    return sold.subscription_details or Period()
