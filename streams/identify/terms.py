"""What one change says of a product held, and how two such sayings are joined.

Invariant: `joined` is commutative, associative and idempotent: the newer period wins whole, and in
one period every register goes to its newest change. So changes may come in any order, and twice.
"""

from datetime import datetime

from msgspec.structs import replace

from streams.contracts.change import Change, ChangeKind
from streams.contracts.words import TransactionKind
from streams.identify.registers import mark, merged, newer, registers_of
from streams.identify.state import Sale, Term

_BEGINS = {
    ChangeKind.STARTED,
    ChangeKind.RENEWED,
    ChangeKind.PURCHASED,
    ChangeKind.TRANSFERRED,
}
_MONEY_BACK = {ChangeKind.REFUNDED, ChangeKind.REFUND_REVERSED}


def term_of(change: Change) -> Term | None:
    """What `change` alone says; None when it names no product, or one that is not paid for yet."""
    product_id = _in_force(change)
    if product_id is None or change.kind is ChangeKind.INVOICED:
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
        named=None if change.kind in _MONEY_BACK else mark(change, tie=int(change.immediate)),
        sale=_sale(change),
        registers=registers_of(change),
    )


def joined(one: Term, other: Term) -> Term:
    """What both say together."""
    older, newest = sorted((one, other), key=lambda term: (term.purchased_at, term.periods))
    original = min(older.original_purchased_at, newest.original_purchased_at)
    if not one_period(older, newest):
        return replace(newest, original_purchased_at=original)
    return replace(
        newest,
        one_time=older.one_time or newest.one_time,
        periods=tuple(sorted({*older.periods, *newest.periods})),
        ends_at=_later(older.ends_at, newest.ends_at),
        original_purchased_at=original,
        first_at=min(older.first_at, newest.first_at),
        named=newer(older.named, newest.named),
        sale=_newer_sale(older.sale, newest.sale),
        registers=merged(older.registers, newest.registers),
    )


def learned(terms: tuple[Term, ...], told: Term) -> tuple[Term, ...]:
    """The terms with what `told` adds, in a fixed order."""
    name = (told.subscription_id, told.product_id)
    others = [term for term in terms if (term.subscription_id, term.product_id) != name]
    same = [term for term in terms if (term.subscription_id, term.product_id) == name]
    term = joined(same[0], told) if same else told
    return tuple(sorted((*others, term), key=lambda each: (each.subscription_id, each.product_id)))


def one_period(one: Term, other: Term) -> bool:
    """Whether both are about the same period of a subscription."""
    same_end = one.ends_at is not None and one.ends_at == other.ends_at
    return same_end or not set(one.periods).isdisjoint(other.periods)


def _in_force(change: Change) -> str | None:
    """The product that the change leaves in force: of one changed at once, the new one."""
    immediate = change.kind is ChangeKind.PRODUCT_CHANGED and change.immediate
    return change.new_product_id if immediate else change.product_id


def _one_time(change: Change) -> bool:
    bought = change.transaction is not None and change.transaction.kind is TransactionKind.ONE_TIME
    return bought or change.kind is ChangeKind.PURCHASED


def _sale(change: Change) -> Sale | None:
    sold = change.transaction
    if sold is None or change.kind not in _BEGINS:
        return None
    return Sale(
        purchased_at=sold.purchased_at,
        transaction_id=sold.transaction_id,
        period_type=sold.period_type,
        price_micros=sold.price.micros if sold.price else None,
        currency=sold.price.currency if sold.price else None,
        family_share=sold.family_share,
    )


def _newer_sale(one: Sale | None, other: Sale | None) -> Sale | None:
    known = [each for each in (one, other) if each is not None]
    return max(
        known, key=lambda each: (each.purchased_at, each.transaction_id, repr(each)), default=None
    )


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((time for time in (one, other) if time is not None), default=None)
