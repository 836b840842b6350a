"""What one change says of a product held, and how two such sayings are joined.

Invariant: `joined` is commutative, associative and idempotent: the newer period wins whole, and in
one period every register goes to its newest change. So changes may come in any order, and twice.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace

from streams.contracts.change import Change, ChangeKind
from streams.contracts.snapshot import Transaction
from streams.contracts.words import TransactionKind
from streams.identify.state import Mark, Order, Register, Sale, Term

_BEGINS = {
    ChangeKind.STARTED,
    ChangeKind.RENEWED,
    ChangeKind.PURCHASED,
    ChangeKind.TRANSFERRED,
}
_MONEY_BACK = {ChangeKind.REFUNDED, ChangeKind.REFUND_REVERSED}
_NO_END = {*_MONEY_BACK, ChangeKind.TRANSFERRED}
"""They repeat the end of the term as it was sold, which an extension may have moved since."""
_PLACES = {kind: place for place, kind in enumerate(ChangeKind)}
Dated = TypeVar("Dated", Mark, Sale)
Take = Callable[[Change], datetime | None]


def _then(change: Change) -> datetime | None:
    return change.occurred_at


def _nothing(_: Change) -> datetime | None:
    return None


_PAID: dict[Register, Take] = dict.fromkeys(
    (Register.BILLING, Register.GRACE, Register.ENDED), _nothing
)
_SETS: dict[ChangeKind, dict[Register, Take]] = {
    ChangeKind.STARTED: _PAID,
    ChangeKind.RENEWED: _PAID,
    ChangeKind.RENEWAL_OFF: {Register.UNSUBSCRIBED: _then},
    ChangeKind.RENEWAL_ON: {Register.UNSUBSCRIBED: _nothing},
    ChangeKind.BILLING_FAILED: {
        Register.BILLING: _then,
        Register.GRACE: lambda change: change.grace_expires_at,
    },
    ChangeKind.ENDED: {Register.ENDED: _then},
    ChangeKind.REFUNDED: {Register.REFUNDED: _then},
    ChangeKind.REFUND_REVERSED: {Register.REFUNDED: _nothing, Register.ENDED: _nothing},
    ChangeKind.PAUSE_SCHEDULED: {Register.RESUMES: lambda change: change.auto_resume_at},
}
"""What a kind sets in the customer's registers; the kinds that are not here set none."""


def term_of(change: Change) -> Term | None:
    """What `change` alone says; None when it names no product."""
    product_id = _in_force(change)
    if product_id is None:
        return None
    began = change.purchased_at or change.occurred_at
    return Term(
        purchase_key=change.purchase_key,
        subscription_id=change.subscription_id,
        app_id=change.app_id,
        store=change.store,
        environment=change.environment,
        product_id=product_id,
        one_time=_one_time(change),
        periods=(change.period,),
        ends_at=change.expires_at,
        purchased_at=began,
        original_purchased_at=began,
        first_at=change.occurred_at,
        named=None if change.kind in _MONEY_BACK else _mark(change, None),
        sale=_sale(change, change.transaction),
        registers={name: _mark(change, value) for name, value in _set(change).items()},
    )


def joined(one: Term, other: Term) -> Term:
    """What both say together."""
    older, newer = sorted((one, other), key=lambda term: (term.purchased_at, term.periods))
    original = min(older.original_purchased_at, newer.original_purchased_at)
    if not _one_period(older, newer):
        return replace(newer, original_purchased_at=original)
    names = sorted({*older.registers, *newer.registers})
    sides = older.registers, newer.registers
    return replace(
        newer,
        periods=tuple(sorted({*older.periods, *newer.periods})),
        ends_at=max((end for end in (older.ends_at, newer.ends_at) if end), default=None),
        one_time=older.one_time or newer.one_time,
        original_purchased_at=original,
        first_at=min(older.first_at, newer.first_at),
        named=_newest(each.named for each in (older, newer)),
        sale=_newest(each.sale for each in (older, newer)),
        registers={
            name: mark
            for name in names
            if (mark := _newest(side.get(name) for side in sides)) is not None
        },
    )


def _one_period(one: Term, other: Term) -> bool:
    same_end = one.ends_at is not None and one.ends_at == other.ends_at
    return same_end or not set(one.periods).isdisjoint(other.periods)


def learned(terms: tuple[Term, ...], told: Term) -> tuple[Term, ...]:
    """The terms with what `told` adds, in a fixed order."""
    name = (told.subscription_id, told.product_id)
    others = [term for term in terms if (term.subscription_id, term.product_id) != name]
    same = [term for term in terms if (term.subscription_id, term.product_id) == name]
    term = joined(same[0], told) if same else told
    return tuple(sorted((*others, term), key=lambda each: (each.subscription_id, each.product_id)))


def _in_force(change: Change) -> str | None:
    """The product that the change leaves in force: of one changed at once, the new one."""
    immediate = change.kind is ChangeKind.PRODUCT_CHANGED and change.immediate
    return change.new_product_id if immediate else change.product_id


def _one_time(change: Change) -> bool:
    bought = change.transaction is not None and change.transaction.kind is TransactionKind.ONE_TIME
    return bought or change.kind is ChangeKind.PURCHASED


def _mark(change: Change, value: datetime | None) -> Mark:
    return Mark(_order(change), value)


def _order(change: Change) -> Order:
    said_at = change.told_at or change.occurred_at
    return Order(said_at, change.notification_id, _PLACES[change.kind])


def _sale(change: Change, sold: Transaction | None) -> Sale | None:
    if sold is None or change.kind not in _BEGINS:
        return None
    return Sale(
        order=_order(change),
        transaction_id=sold.transaction_id,
        period_type=sold.period_type,
        price_micros=sold.price.micros if sold.price else None,
        currency=sold.price.currency if sold.price else None,
        family_share=sold.family_share,
    )


def _set(change: Change) -> dict[Register, datetime | None]:
    """The registers that the change sets (None: clears)."""
    told = {name: take(change) for name, take in _SETS.get(change.kind, {}).items()}
    if change.expires_at is not None and change.kind not in _NO_END:
        told[Register.EXPIRES] = change.expires_at
    return told


def _newest(told: Iterable[Dated | None]) -> Dated | None:
    """Of two that one message told of one kind either may be taken, but always the same."""
    known = (each for each in told if each is not None)
    return max(known, key=lambda each: (each.order, repr(each)), default=None)
