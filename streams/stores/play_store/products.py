"""A one-time product's answer as facts: a purchase each line item, and the money that went back."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256

from streams.contracts.money import Money
from streams.contracts.snapshot import NO_ITEM, Transaction
from streams.contracts.words import TransactionKind
from streams.stores.play_store.answers import Order, ProductAnswer, ProductItem
from streams.stores.play_store.money import money
from streams.stores.play_store.orders import charged_at

PURCHASED = "PURCHASED"
STATES = frozenset({PURCHASED, "CANCELLED", "PENDING"})


def purchases(
    token: str, answer: ProductAnswer, orders: Sequence[Order], observed_at: datetime
) -> Iterator[Transaction]:
    """Nothing while the payment is pending, and nothing of one that was canceled then."""
    if answer.purchase_state_context.purchase_state != PURCHASED:
        return
    order = next((one for one in orders if one.order_id == answer.order_id), None)
    name = answer.order_id or sha256(token.encode()).hexdigest()[:32]  # a promotion has no order
    for place, line in enumerate(answer.product_line_item):
        item = NO_ITEM if place == 0 else line.product_id
        at = answer.purchase_completion_time or (charged_at(order) if order else None)
        yield Transaction(
            transaction_id=name,
            original_transaction_id=name,
            fact=f"txn/{name}" if item == NO_ITEM else f"txn/{name}/{item}",
            kind=TransactionKind.ONE_TIME,
            product_id=line.product_id,
            period=name,
            purchased_at=at or observed_at,
            expires_at=None,
            item=item,
            price=_price(line, order),
            quantity=line.product_offer_details.quantity,
            country=answer.region_code,
            refs=(name,),
            charged_at=at,
        )


def _price(line: ProductItem, order: Order | None) -> Money | None:
    """Of all pieces; None without a readable order."""
    if order is None:
        return None
    sold = next((one for one in order.line_items if one.product_id == line.product_id), None)
    single = order.total if len(order.line_items) <= 1 else None
    return money((sold.total if sold else None) or single)
