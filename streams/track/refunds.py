"""The facts of money that went back: a refund whose transaction is known, and its undoing."""

from collections.abc import Iterator

from msgspec.structs import replace

from streams.contracts.change import ChangeKind
from streams.contracts.snapshot import Refund, Transaction
from streams.track.fact import Fact
from streams.track.state import PurchaseState, Returned


def money_back(state: PurchaseState, known: Returned) -> Iterator[tuple[str, Fact]]:
    """A refund counts from when its transaction is known, its undoing from when both are."""
    transaction = _refunded_transaction(state, known.refund)
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


def _refunded_transaction(state: PurchaseState, refund: Refund) -> Transaction | None:
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
