"""Which refunds of a subscription stand, and with which all of a price had gone back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from sinks.charts.fold.payments import Payment
from sinks.charts.fold.told import Told
from streams.contracts.event import EventType

_REVERSED = EventType.REFUND_REVERSED.value
_EVERYTHING = 10**18  # micros: an amount that nobody knows


class Refund(Struct, frozen=True, gc=False):
    """`usd`: None where it was not told."""

    at: int
    refund_id: str
    transaction_id: str
    price: int | None
    usd: int | None


class Repaid(Struct, frozen=True, gc=False):
    """A refund of a period that is known. `usd` is what went back; `whole`: with it all had."""

    at: int
    place: int
    usd: int
    whole: bool


def standing(events: Sequence[Told]) -> dict[str, list[Refund]]:
    """By transaction, in the order of their times; without those that were reversed."""
    about = [told for told in events if told.refund_id]
    if not about:
        return {}
    undone = {told.refund_id for told in about if told.type == _REVERSED}
    refunds: dict[str, list[Refund]] = defaultdict(list)
    for told in about:
        if told.is_refund and told.refund_id not in undone:
            refunds[told.transaction_id].append(_refund(told))
    return {name: sorted(some, key=_order) for name, some in refunds.items()}


def restored(events: Iterable[Told]) -> dict[str, int]:
    """By transaction, when the last undoing of a refund gave access back."""
    found: dict[str, int] = {}
    for told in events:
        if told.type == _REVERSED:
            found[told.transaction_id] = max(told.at, found.get(told.transaction_id, 0))
    return found


def whole(payment: Payment, refunds: Iterable[Refund]) -> Refund | None:
    """The refund of these with which they reached the price."""
    back = 0
    for refund in refunds:
        back += _EVERYTHING if refund.price is None else -refund.price
        if back >= payment.price:
            return refund
    return None


def repaid(
    payments: Sequence[Payment],
    refunds: Mapping[str, Sequence[Refund]],
    wholes: Sequence[Refund | None],
) -> list[Repaid]:
    """In the order of their times."""
    if not refunds:
        return []
    found: dict[str, int] = {}
    for place, payment in enumerate(payments, 1):
        found.setdefault(payment.told.transaction_id, place)
    known = (one for name in found.keys() & refunds.keys() for one in refunds[name])
    return [
        _repaid(one, found[one.transaction_id], payments, wholes)
        for one in sorted(known, key=_order)
    ]


def _repaid(
    refund: Refund, place: int, payments: Sequence[Payment], wholes: Sequence[Refund | None]
) -> Repaid:
    """An amount that nobody knows is everything."""
    everything = payments[place - 1].usd if refund.price is None else 0
    usd = everything if refund.usd is None else refund.usd
    last = wholes[place - 1]
    done = last is not None and (last.at, last.refund_id) == (refund.at, refund.refund_id)
    return Repaid(refund.at, place, usd, done)


def _order(refund: Refund) -> tuple[int, str]:
    return refund.at, refund.refund_id


def _refund(told: Told) -> Refund:
    usd = None if told.price_usd_micros is None else -told.price_usd_micros
    return Refund(told.at, told.refund_id, told.transaction_id, told.price_micros, usd)
