"""One fact of a purchase, of which an event is made."""

from datetime import datetime

from msgspec import Struct

from streams.contracts.change import ChangeKind
from streams.contracts.snapshot import Issued, Refund, Transaction
from streams.track.state import Order, Point


class Fact(Struct, frozen=True, kw_only=True):
    """`point`: the standing that brought it, None for money. `corrects`: it was told before, with less."""

    kind: ChangeKind
    by: Order
    item: str
    period: str
    transaction: Transaction | None = None
    refund: Refund | None = None
    invoice: Issued | None = None
    point: Point | None = None
    old_product_id: str | None = None
    new_product_id: str | None = None
    immediate: bool = False
    ended_at: datetime | None = None
    corrects: bool = False
