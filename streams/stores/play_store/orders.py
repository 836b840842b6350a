"""Order ids, and what an order says of money: what was charged, what went back.

A token's first order has the plain id; the renewals append `..0`, `..1`, ..., so from the newest
paid one all the others are known, and asking for them finds what no message told.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from streams.contracts.money import Money
from streams.contracts.snapshot import Refund
from streams.stores.moments import at_ms
from streams.stores.play_store.answers import Order, OrderEvent, Void
from streams.stores.play_store.money import money

MOST = 100
"""Orders of one token that are asked for: the first, and the newest ones."""
_CHARGED = frozenset({"PROCESSED", "PENDING_REFUND", "PARTIALLY_REFUNDED", "REFUNDED"})
_DONE = "PROCESSED_SUCCESSFULLY"
_RENEWAL = ".."


def is_charged(order: Order) -> bool:
    """Whether money, or nothing at all of a trial, was taken: a pending or canceled order is no term."""
    return order.state in _CHARGED


def is_refunded(order: Order) -> bool:
    """Whole."""
    return order.state == "REFUNDED"


def base_of(order_id: str) -> str:
    """The id of the first order of its token."""
    return order_id.partition(_RENEWAL)[0]


def is_renewal(order_id: str) -> bool:
    return _RENEWAL in order_id


def ids_up_to(order_id: str) -> tuple[str, ...]:
    """Of every order of a token as far as `order_id`, oldest first, at most MOST."""
    base, _, number = order_id.partition(_RENEWAL)
    if not (number.isascii() and number.isdigit()):
        return (order_id,)
    last = int(number)
    first = max(0, last - MOST + 2)
    return (base, *(f"{base}{_RENEWAL}{n}" for n in range(first, last + 1)))


def charged_at(order: Order) -> datetime | None:
    processed = order.order_history.processed_event
    return (processed.event_time if processed else None) or order.create_time


def refunds(orders: Sequence[Order], voids: Sequence[Void]) -> tuple[Refund, ...]:
    """All money that went back; a void that its order does not show yet counts as well."""
    of_orders = tuple(refund for order in orders for refund in _of_order(order))
    told = {ref for refund in of_orders for ref in refund.refs}
    late = (_of_void(void) for void in voids if void.order_id not in told)
    return (*of_orders, *late)


def _of_order(order: Order) -> Iterator[Refund]:
    """Partial ones first; the whole one is of what they left."""
    parts = [event for event in order.order_history.partial_refund_events if event.state == _DONE]
    yield from (_partial(order, event) for event in parts)
    whole = order.order_history.refund_event
    if whole is not None or is_refunded(order):
        yield Refund(
            refund_id=order.order_id,
            refs=(order.order_id,),
            refunded_at=_refunded_at(order, whole),
            amount=_rest(order, parts),
        )


def _partial(order: Order, event: OrderEvent) -> Refund:
    at = event.process_time or event.create_time or _refunded_at(order, event)
    named = event.create_time or at
    return Refund(
        refund_id=f"{order.order_id}/{round(named.timestamp() * 1000)}",
        refs=(order.order_id,),
        refunded_at=at,
        amount=money(event.refund_details.total),
    )


def _refunded_at(order: Order, event: OrderEvent | None) -> datetime:
    at = (event.event_time if event else None) or charged_at(order)
    return at or at_ms(0)


def _rest(order: Order, parts: list[OrderEvent]) -> Money | None:
    """Never more than was paid, whatever Google counts as the whole."""
    total = money(order.total)
    gone = [part for event in parts if (part := money(event.refund_details.total))]
    if total is None:
        return None
    left = total.micros - sum(part.micros for part in gone)
    return Money(micros=max(0, left), currency=total.currency)


def _of_void(void: Void) -> Refund:
    return Refund(
        refund_id=void.order_id,
        refs=(void.order_id,),
        refunded_at=at_ms(int(void.voided_time_millis)),
    )
