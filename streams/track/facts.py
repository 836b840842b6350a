"""The facts that a state holds, by the name their event's id is made of.

`facts(new) - facts(old)` is what a message moved. A fact once held is held for ever: every rule
here can only gain facts when a state gains messages (tested over random histories). Its id stays, but
when access ended is told again where a late message says more of it.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from streams.contracts.change import ChangeKind
from streams.contracts.snapshot import Issued, Refund, Standing, Transaction
from streams.contracts.words import Access, TransactionKind
from streams.track.announcements import announced
from streams.track.state import Billed, Order, Point, PurchaseState, Returned, Told
from streams.track.timeline import Flip, flips, moves

BEGINS = {
    TransactionKind.INITIAL: ChangeKind.STARTED,
    TransactionKind.RENEWAL: ChangeKind.RENEWED,
    TransactionKind.ONE_TIME: ChangeKind.PURCHASED,
}


_BOUND_ACCESS = frozenset({ChangeKind.BILLING_FAILED, ChangeKind.ENDED})


class Fact(Struct, frozen=True, kw_only=True):
    """One fact of a purchase. `point`: the standing that brought it, None for money."""

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


def gained(old: PurchaseState, new: PurchaseState, key: str) -> dict[str, Fact]:
    """The facts of `key` that `new` holds and `old` does not, or not as it is known now (`corrects`).
    Periods that nobody touched are passed over."""
    names = {
        name
        for name, points in new.periods.items()
        if old.periods.get(name) is not points or len(old.transactions) != len(new.transactions)
    }
    before = facts(old, key, names)
    held = facts(new, key, names)
    corrected = {
        name: replace(fact, corrects=True)
        for name, fact in held.items()
        if name in before and _bounds(fact) != _bounds(before[name])
    }
    return {name: fact for name, fact in held.items() if name not in before} | corrected


def _bounds(fact: Fact) -> tuple[int | datetime | None, ...]:
    """What a fact says of how long access lasts: by a message that comes late it may say more. What an
    answer told of a failed charge when grace was over has no end of grace, for no store keeps that."""
    if fact.point is None or fact.kind not in _BOUND_ACCESS:
        return ()
    if fact.kind is ChangeKind.ENDED:
        return (fact.ended_at or fact.by[0],)
    return (fact.by[0], fact.point.standing.grace_expires_at)


def facts(state: PurchaseState, key: str, names: Collection[str] | None = None) -> dict[str, Fact]:
    """Every fact of the purchase `key`, by name; of the periods `names` only, where given."""
    begun = {name: _begun(told) for name, told in state.transactions.items()}
    returned = chain.from_iterable(_money(state, known) for known in state.refunds.values())
    began = _by_period(state)
    standings = chain.from_iterable(
        _standings(f"{key}/{name}", points, began.get(name))
        for name, points in state.periods.items()
        if names is None or name in names
    )
    billed = {f"invoice/{name}": _issued(known) for name, known in state.invoices.items()}
    return {**begun, **billed, **dict(returned), **dict(standings)}


def _by_period(state: PurchaseState) -> dict[str, Transaction]:
    """The transaction that began each period `item/period`; of several the first by name."""
    return {
        f"{told.transaction.item}/{told.transaction.period}": told.transaction
        for _, told in sorted(state.transactions.items(), reverse=True)
    }


def _begun(told: Told) -> Fact:
    transaction = told.transaction
    return Fact(
        kind=BEGINS[transaction.kind],
        by=told.by,
        item=transaction.item,
        period=transaction.period,
        transaction=transaction,
    )


def _issued(known: Billed) -> Fact:
    return Fact(
        kind=ChangeKind.INVOICED,
        by=known.by,
        item=known.invoice.item,
        period=known.invoice.period,
        invoice=known.invoice,
    )


def _money(state: PurchaseState, known: Returned) -> Iterator[tuple[str, Fact]]:
    """A refund counts from when its transaction is known, its undoing from when both are."""
    transaction = refunded_transaction(state, known.refund)
    if transaction is None:
        return
    fact = Fact(
        kind=ChangeKind.REFUNDED,
        by=known.by,
        item=transaction.item,
        period=transaction.period,
        transaction=transaction,
        refund=known.refund,
    )
    name = f"refund/{known.refund.refund_id}"
    yield name, fact
    reversal = _reversal(state, known.refund)
    if reversal is not None:
        yield f"{name}/reversed", _undone(fact, reversal)


def _undone(refunded: Fact, reversal: Returned) -> Fact:
    return replace(refunded, kind=ChangeKind.REFUND_REVERSED, by=reversal.by)


def refunded_transaction(state: PurchaseState, refund: Refund) -> Transaction | None:
    """The transaction that a refund names; of several on one invoice the dearest, then the first."""
    refs = set(refund.refs)
    named = [
        told.transaction
        for told in state.transactions.values()
        if refs.intersection(told.transaction.refs)
    ]
    return min(named, key=_dearest_first, default=None)


def _dearest_first(transaction: Transaction) -> tuple[int, str]:
    return (-(transaction.price.micros if transaction.price else 0), transaction.fact)


def _reversal(state: PurchaseState, refund: Refund) -> Returned | None:
    """What undid this refund: named by its id, or one that names its transaction and came after it."""
    same = state.reversals.get(refund.refund_id)
    if same is not None:
        return same
    later = [
        known
        for known in state.reversals.values()
        if names_transaction(known.refund)
        and set(known.refund.refs).intersection(refund.refs)
        and known.refund.refunded_at >= refund.refunded_at
    ]
    return min(later, key=lambda known: known.by, default=None)


def names_transaction(reversal: Refund) -> bool:
    """Apple undoes the refund of a transaction, whichever it was; Stripe undoes one by its id."""
    return reversal.refund_id in reversal.refs


def _standings(
    prefix: str, points: tuple[Point, ...], transaction: Transaction | None
) -> Iterator[tuple[str, Fact]]:
    for fact, change in chain(
        _renewal(points),
        _failure(points),
        _ends(points),
        _products(points, transaction),
        _announced(points),
    ):
        yield f"{prefix}/{fact}", replace(change, transaction=transaction)


def _announced(points: tuple[Point, ...]) -> Iterator[tuple[str, Fact]]:
    return ((name, _fact(kind, point)) for name, kind, point in announced(points))


def _fact(kind: ChangeKind, point: Point) -> Fact:
    standing = point.standing
    return Fact(kind=kind, by=point.by, item=standing.item, period=standing.period, point=point)


def _renewal(points: tuple[Point, ...]) -> Iterator[tuple[str, Fact]]:
    """Auto-renew starts on in every period."""
    for n, point in flips(points, _auto_renew, start=True, into=False):
        yield f"off/{n}", _fact(ChangeKind.RENEWAL_OFF, point)
    for n, point in flips(points, _auto_renew, start=True, into=True):
        yield f"on/{n}", _fact(ChangeKind.RENEWAL_ON, point)


def _auto_renew(point: Point) -> bool | None:
    return point.standing.auto_renew


def _failure(points: tuple[Point, ...]) -> Iterator[tuple[str, Fact]]:
    """One billing issue a period, however often the charge fails."""
    for point in points:
        if is_failing(point.standing):
            yield "issue", _fact(ChangeKind.BILLING_FAILED, point)
            yield "issue-cancel", _fact(ChangeKind.BILLING_CANCELLED, point)
            return


def is_failing(standing: Standing) -> bool:
    failing = standing.access is not None and standing.access.failing
    return failing or standing.charge_failed


def _ends(points: tuple[Point, ...]) -> Iterator[tuple[str, Fact]]:
    for n, point in flips(points, _ended, start=False, into=True):
        fact = _fact(ChangeKind.ENDED, point)
        yield f"end/{n}", replace(fact, ended_at=_access_until(points, point))


def _ended(point: Point) -> bool | None:
    return point.standing.access.ended if point.standing.access is not None else None


def _access_until(points: tuple[Point, ...], end: Point) -> datetime | None:
    """When access went: as the store says, else the last end of grace or of the term told by then."""
    if end.standing.ended_at is not None:
        return end.standing.ended_at
    told = [point.standing for point in points if point.by <= end.by]
    graces = [s.grace_expires_at for s in told if s.access is Access.GRACE and s.grace_expires_at]
    return max(graces, default=end.standing.expires_at)


def _products(
    points: tuple[Point, ...], transaction: Transaction | None
) -> Iterator[tuple[str, Fact]]:
    """`product/n`: what it will renew into changed. `switch/n`: what it is changed at once."""
    for n, point in _pending(points):
        standing = point.standing
        yield f"product/{n}", _change(point, standing.product_id, standing.next_product_id)
    switches = list(moves(points, _product, transaction.product_id if transaction else None))
    for (n, point), old in switches:
        yield f"switch/{n}", _switch(point, old)
    announced = [point for point in points if point.standing.product_changed]
    if announced and not switches:
        yield "switch/1", _switch(announced[0], None)


def _switch(point: Point, old: str | None) -> Fact:
    return replace(_change(point, old, point.standing.product_id), immediate=True)


def _change(point: Point, old: str | None, new: str | None) -> Fact:
    return replace(_fact(ChangeKind.PRODUCT_CHANGED, point), old_product_id=old, new_product_id=new)


def _pending(points: tuple[Point, ...]) -> Iterator[Flip]:
    """Changes of the pending product into one that is not the present one."""
    last: str | None = None
    n = 0
    for point in points:
        if point.standing.next_product_id is None:
            continue
        pending = point.standing.next_product_id
        value = pending if pending != point.standing.product_id else None
        if value is not None and value != last:
            n += 1
            yield Flip(n, point)
        last = value


def _product(point: Point) -> str | None:
    return point.standing.product_id
