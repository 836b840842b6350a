"""Apply a message to a tracked purchase: add what it tells, emit the difference, say what it was."""

from datetime import datetime

from msgspec.structs import replace

from streams.contracts.change import Change
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.snapshot import Refund
from streams.contracts.words import Origin, Signal
from streams.track.bounds import bounded
from streams.track.changes import Applied, Spoken, changes, message_id, order_of_record
from streams.track.facts import gained
from streams.track.refunds import names_transaction
from streams.track.state import (
    Billed,
    Order,
    Point,
    PurchaseState,
    Returned,
    Told,
    add_seen,
    order_of,
)
from streams.track.timeline import inserted


def apply(
    state: PurchaseState, record: Spoken, *, at: datetime, origin: Origin
) -> tuple[PurchaseState, tuple[Change, ...], Outcome]:
    """The state with the message's facts, what moved by it, and its outcome."""
    assert state.owner is not None
    by = order_of_record(record)
    applied = Applied(record=record, state=state, at=at, origin=origin, owner=state.owner)
    if by in state.seen:
        return state, (), _outcome(OutcomeKind.DUPLICATE, applied)
    told = tell(state, record)
    after = add_seen(told, by, own=record.origin is Origin.REFRESH)
    moved = changes(gained(state, told, record.purchase_key), replace(applied, state=after))
    stale = not moved and state.newest is not None and by < state.newest
    kind = OutcomeKind.STALE if stale else OutcomeKind.MATCHED
    outcome = _outcome(kind, applied, events=len(moved))
    return _counted(after, moved), moved, outcome


def _counted(state: PurchaseState, moved: tuple[Change, ...]) -> PurchaseState:
    received = [change.received_at for change in moved]
    latest = max((at for at in (state.changed_at, *received) if at is not None), default=None)
    counted = replace(state, sequence=state.sequence + len(moved), changed_at=latest)
    return bounded(counted)


def tell(state: PurchaseState, record: Spoken) -> PurchaseState:
    """Add the facts of a message; the same ones again change nothing.

    Of two messages that tell one transaction or refund the older one is kept, so that the state
    does not depend on which came first.
    """
    by = order_of_record(record)
    transactions = dict(state.transactions)
    for transaction in record.snapshot.transactions:
        known = transactions.get(transaction.fact)
        if known is None or by < known.by:
            transactions[transaction.fact] = Told(by, transaction)
    refunds, reversals = dict(state.refunds), dict(state.reversals)
    for refund in record.snapshot.refunds:
        kept = reversals if refund.reversed else refunds
        name = _name(refund)
        kept[name] = _older(kept.get(name), Returned(by, refund))
    periods = dict(state.periods)
    for standing in record.snapshot.standings:
        name = f"{standing.item}/{standing.period}"
        known_points = periods.get(name, ())
        if name in state.before and by < known_points[0].by:
            continue  # it happened in what of this period is gone
        periods[name] = inserted(known_points, Point(by, record.signal, standing))
    return replace(
        state,
        transactions=transactions,
        refunds=refunds,
        reversals=reversals,
        periods=periods,
        invoices=_billed(state, record),
        asked_as=_asked_as(state, record),
    )


def _billed(state: PurchaseState, record: Spoken) -> dict[str, Billed]:
    """With the invoices that the message tells of; two messages tell of each."""
    invoices = dict(state.invoices)
    for invoice in record.snapshot.invoices:
        told = Billed(order_of_record(record), invoice)
        known = invoices.get(invoice.invoice_id, told)
        invoices[invoice.invoice_id] = min(known, told, key=lambda each: each.by)
    return invoices


def _asked_as(state: PurchaseState, record: Spoken) -> tuple[Order, str] | None:
    if not record.snapshot.asked_as:
        return state.asked_as
    told = (order_of_record(record), record.snapshot.asked_as)
    return max(told, state.asked_as or told)


def _name(refund: Refund) -> str:
    """A transaction may be refunded and paid again more than once: each undoing is kept."""
    if refund.reversed and names_transaction(refund):
        return f"{refund.refund_id}/{order_of(refund.refunded_at, '')[0]}"
    return refund.refund_id


def _older(known: Returned | None, told: Returned) -> Returned:
    """The older telling, with the names of both: an alias may have added one to either."""
    if known is None:
        return told
    refs = tuple(sorted({*known.refund.refs, *told.refund.refs}))
    first = min(known, told, key=lambda each: each.by)
    return Returned(first.by, replace(first.refund, refs=refs))


def _outcome(kind: OutcomeKind, applied: Applied, events: int = 0) -> Outcome:
    """`received_at` is the message's own, unless it waited: then when it was applied."""
    record = applied.record
    return Outcome(
        kind=kind,
        app_id=record.app_id,
        store=record.store,
        environment=record.environment,
        received_at=applied.at,
        receipt_id=record.receipt_id,
        origin=applied.origin,
        tracked=True,
        notification_id=message_id(record),
        notification_type=record.type,
        purchase_key=record.purchase_key,
        customer_id=applied.owner,
        occurred_at=record.occurred_at,
        events=events,
        unknown=record.signal is Signal.UNKNOWN,
    )
