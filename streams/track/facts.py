"""The facts that a state holds, by the name their event's id is made of.

`facts(new) - facts(old)` is what a message moved. A fact once held is held for ever: every rule
can only gain facts when a state gains messages (tested over random histories). Its id stays, but
when access ended is told again where a late message says more of it.
"""

from collections.abc import Collection
from datetime import datetime
from itertools import chain

from msgspec.structs import replace

from streams.contracts.change import ChangeKind
from streams.contracts.snapshot import Transaction
from streams.contracts.words import TransactionKind
from streams.track.fact import Fact
from streams.track.refunds import money_back
from streams.track.standings import standing_facts
from streams.track.state import Billed, PurchaseState, Told

BEGINS = {
    TransactionKind.INITIAL: ChangeKind.STARTED,
    TransactionKind.RENEWAL: ChangeKind.RENEWED,
    TransactionKind.ONE_TIME: ChangeKind.PURCHASED,
}

_BOUND_ACCESS = frozenset({ChangeKind.BILLING_FAILED, ChangeKind.ENDED})


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
    returned = chain.from_iterable(money_back(state, known) for known in state.refunds.values())
    began = _by_period(state)
    standings = chain.from_iterable(
        standing_facts(f"{key}/{name}", points, began.get(name), state.before.get(name, {}))
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
