"""Other names of a purchase: a payment's, an invoice's, an older token's. A name forwards, no more.

A state that becomes an alias gives what it holds to its target and keeps only the name. Chains are
short (Stripe: payment, invoice, subscription); a chain of more than MOST_HOPS is refused, so a
cycle ends as one dead letter.
"""

from dataclasses import replace as replace_record

from msgspec.structs import replace

from streams.contracts.errors import RejectedError
from streams.contracts.ids import PurchaseKey, ReceiptId
from streams.contracts.purchase import (
    Due,
    InboxRecord,
    Notification,
    Observation,
    PurchaseAlias,
    Tracking,
)
from streams.contracts.words import Environment, Origin
from streams.track.parking import unpark
from streams.track.state import PurchaseState

MOST_HOPS = 16


def alias_to(
    state: PurchaseState, alias: PurchaseAlias
) -> tuple[PurchaseState, tuple[InboxRecord, ...]]:
    """The state as a mere name of `alias.target`, and what it held, readdressed.

    Raise RejectedError for a name of itself. A name once given stays: the first alias wins.
    """
    if alias.target == alias.purchase_key:
        raise RejectedError(f"{alias.purchase_key} is an alias of itself", reason="alias_cycle")
    if state.alias_of is not None:
        return state, ()
    named = PurchaseState(applied=state.applied, alias_of=alias.target, alias_ref=alias.ref)
    waiting = tuple(replace_record(unpark(kept), origin=Origin.PARKED) for kept in state.parked)
    joins = () if state.owner is None else (_tracking(state, alias),)
    return named, (*joins, *(forwarded(named, record) for record in waiting))


def _tracking(state: PurchaseState, alias: PurchaseAlias) -> Tracking:
    assert state.owner is not None
    return Tracking(
        tracking_id=ReceiptId(f"alias/{alias.purchase_key}"),
        app_id=alias.app_id,
        store=alias.store,
        environment=Environment(alias.environment),
        purchase_key=alias.target,
        customer_id=state.owner,
        received_at=alias.received_at,
        origin=Origin.PARKED,
    )


def forwarded(state: PurchaseState, record: InboxRecord) -> InboxRecord:
    """The record readdressed to the alias's target; its refunds may now be found by the alias's ref."""
    target = PurchaseKey(state.alias_of or record.purchase_key)
    match record:
        case Notification() | Observation():
            refunds = tuple(
                replace(refund, refs=tuple(sorted({*refund.refs, state.alias_ref})))
                for refund in record.snapshot.refunds
            )
            snapshot = replace(record.snapshot, refunds=refunds)
            return replace_record(record, purchase_key=target, snapshot=snapshot)
        case Tracking() | PurchaseAlias() | Due():
            return replace_record(record, purchase_key=target)


def checked_hops(record: InboxRecord, hops: int) -> int:
    """The hop count of the record after one more alias; raise RejectedError when there are too many."""
    if hops >= MOST_HOPS:
        raise RejectedError(
            f"{record.purchase_key}: more than {MOST_HOPS} aliases in a row", reason="alias_cycle"
        )
    return hops + 1
