"""From facts gained to Changes: reason and flags by a table, the rest from the facts themselves.

The difference decided what is emitted (facts.py); the signal only explains it. `WHY` has every
pair of a kind of change and a signal, so a new signal can't be forgotten (tested).
"""

from dataclasses import replace
from datetime import datetime, timedelta

from msgspec import Struct

from streams.contracts.change import Change, ChangeKind
from streams.contracts.ids import CustomerId, NotificationId, PurchaseKey, event_id, is_anonymous
from streams.contracts.purchase import Notification, Observation
from streams.contracts.snapshot import NO_ITEM, Standing, Transaction
from streams.contracts.words import Origin, Reason, Signal
from streams.track.fact import Fact
from streams.track.facts import BEGINS
from streams.track.state import Order, PurchaseState, order_of, time_of
from streams.track.terms import (
    already_failing,
    follows_trial,
    kept_until,
    number,
    paid_days,
    refunded_about,
    refunds_older_term,
    replaced_term,
    term_before,
)

Spoken = Notification | Observation


class Why(Struct, frozen=True):
    """`reason`: used where the store itself gave none."""

    reason: Reason | None = None
    extension: bool = False


def _row(default: Why, **by_signal: Why) -> dict[Signal, Why]:
    return {signal: by_signal.get(signal.value, default) for signal in Signal}


_BILLING = Why(Reason.BILLING_ERROR)
_SUPPORT = Why(Reason.CUSTOMER_SUPPORT)
_STOPS = {
    "refunded": _SUPPORT,
    "refund_requested": _SUPPORT,
    "expired_billing": _BILLING,
    "billing_failed": _BILLING,
    "grace_started": _BILLING,
    "grace_ended": _BILLING,
    "expired_price_increase": Why(Reason.PRICE_INCREASE),
    "expired_not_for_sale": Why(Reason.DEVELOPER_INITIATED),
    "revoked": Why(Reason.UNKNOWN),
    "paused": Why(Reason.SUBSCRIPTION_PAUSED),
}
WHY: dict[ChangeKind, dict[Signal, Why]] = {
    ChangeKind.STARTED: _row(Why()),
    ChangeKind.RENEWED: _row(Why()),
    ChangeKind.PURCHASED: _row(Why()),
    ChangeKind.PRODUCT_CHANGED: _row(Why()),
    ChangeKind.RENEWAL_ON: _row(Why()),
    ChangeKind.RESUMED: _row(Why()),
    ChangeKind.BILLING_FAILED: _row(Why()),
    ChangeKind.BILLING_CANCELLED: _row(_BILLING),
    ChangeKind.RENEWAL_OFF: _row(Why(Reason.UNSUBSCRIBE), **_STOPS),
    ChangeKind.REFUNDED: _row(_SUPPORT),
    ChangeKind.REFUND_REVERSED: _row(Why()),
    ChangeKind.PAUSE_SCHEDULED: _row(Why()),
    ChangeKind.EXTENDED: _row(Why()),
    ChangeKind.CONSENT: _row(Why()),
    ChangeKind.CONSENT_GIVEN: _row(Why()),
    ChangeKind.INVOICED: _row(Why()),
    ChangeKind.ENDED: _row(Why(Reason.UNSUBSCRIBE), **_STOPS),
    ChangeKind.TRANSFERRED: _row(Why()),
}
_ORDER = {kind: place for place, kind in enumerate(ChangeKind)}


class Applied(Struct, frozen=True, kw_only=True):
    """A record as it was applied: `state` after it, `at` when it was, `origin` as it counts now."""

    record: Spoken
    state: PurchaseState
    at: datetime
    origin: Origin
    owner: CustomerId


def changes(gained: dict[str, Fact], applied: Applied) -> tuple[Change, ...]:
    """One Change a fact, in canonical order; their sequence goes on from the state's."""
    ordered = sorted(gained.items(), key=lambda named: (_ORDER[named[1].kind], named[0]))
    first = applied.state.sequence + 1
    return tuple(
        _explained(_change(name, fact, applied, sequence), fact, applied.state)
        for sequence, (name, fact) in enumerate(ordered, first)
    )


def _change(name: str, fact: Fact, applied: Applied, sequence: int) -> Change:
    """Whose, what and when; `_explained` adds why."""
    record, state = applied.record, applied.state
    standing = _standing(fact)
    term = fact.transaction or (None if fact.invoice else term_before(state, fact))
    return Change(
        event_id=event_id(record.app_id, record.store, record.environment, name),
        fact=name,
        kind=fact.kind,
        app_id=record.app_id,
        store=record.store,
        environment=record.environment,
        purchase_key=record.purchase_key,
        subscription_id=subscription_id(record.purchase_key, fact.item),
        customer_id=applied.owner,
        sequence=sequence,
        occurred_at=_occurred_at(fact),
        received_at=_received_at(fact, applied),
        receipt_id=record.receipt_id,
        notification_id=NotificationId(fact.by[1]),
        notification_type=_type(record) if fact.by == order_of_record(record) else "",
        signal=fact.point.signal if fact.point is not None else record.signal,
        origin=applied.origin,
        period=fact.period,
        product_id=_product(fact, standing, term, state),
        transaction=term,
        refund=fact.refund,
        purchased_at=_purchased_at(fact, standing, term),
        amount=fact.invoice.amount if fact.invoice else None,
        expires_at=kept_until(state, fact, _term_end(standing, term)),
        grace_expires_at=standing.grace_expires_at,
        auto_resume_at=standing.auto_resume_at,
        new_product_id=fact.new_product_id,
        renewal_number=number(state, term),
        immediate=fact.immediate,
        paid_days=paid_days(state, term),
        told_at=_told_at(fact),
        through=state.named if is_anonymous(applied.owner) else None,
        answered=isinstance(record, Observation),
    )


def _standing(fact: Fact) -> Standing:
    return fact.point.standing if fact.point is not None else _SILENT


def _of_old_product(change: Change, fact: Fact, state: PurchaseState) -> Change:
    """With the term that a new product cut short, and its number."""
    old = replaced_term(state, fact)
    return replace(change, replaced=old, renewal_number=number(state, old)) if old else change


def _explained(change: Change, fact: Fact, state: PurchaseState) -> Change:
    """The reason, the store's own before the table's, and the flags."""
    standing = _standing(fact)
    why = WHY[fact.kind][change.signal]
    older = refunds_older_term(state, fact)
    refunding = fact.kind is ChangeKind.RENEWAL_OFF and refunded_about(state, change.occurred_at)
    return replace(
        _of_old_product(change, fact, state),
        reason=standing.reason or (Reason.CUSTOMER_SUPPORT if refunding else why.reason),
        trial_conversion=fact.kind is ChangeKind.RENEWED and follows_trial(state, fact),
        late=fact.corrects or (state.newest is not None and fact.by < state.newest),
        extension=why.extension or older or fact.corrects or _told_already(state, fact),
        affects_access=not older,
    )


def _term_end(standing: Standing, term: Transaction | None) -> datetime | None:
    return standing.expires_at or (term.expires_at if term else None)


_SILENT = Standing(period="")
_BEGUN = set(BEGINS.values())


def _told_already(state: PurchaseState, fact: Fact) -> bool:
    """Renewal switched off after a failed charge: CANCELLATION(BILLING_ERROR) has said it."""
    return fact.kind is ChangeKind.RENEWAL_OFF and already_failing(state, fact)


def _type(record: Spoken) -> str:
    return f"{record.type}/{record.subtype}" if record.subtype else record.type


def order_of_record(record: Spoken) -> Order:
    """Where the record stands among the purchase's messages."""
    return order_of(record.occurred_at, message_id(record))


def message_id(record: Spoken) -> NotificationId:
    return record.notification_id if isinstance(record, Notification) else record.observation_id


def subscription_id(key: PurchaseKey, item: str) -> str:
    """What charts fold on: the purchase, or one item of it."""
    return key if item == NO_ITEM else f"{key}/{item}"


def _received_at(fact: Fact, applied: Applied) -> datetime:
    """Of two tellings of one fact charts keep the one received later, and messages may overtake each
    other between our door and here."""
    told_before = applied.state.changed_at
    if not fact.corrects or told_before is None:
        return applied.at
    return max(applied.at, told_before + timedelta(milliseconds=1))


def _occurred_at(fact: Fact) -> datetime:
    """When it happened at the store: money at its own date, an end when access went, else the message."""
    if fact.refund is not None and fact.kind is ChangeKind.REFUNDED:
        return fact.refund.refunded_at
    if fact.ended_at is not None:
        return fact.ended_at
    return _store_time(fact) or _told_at(fact)


def _store_time(fact: Fact) -> datetime | None:
    """What the store says of the time of a charge or of renewal going off: an answer comes long after it."""
    if fact.kind in _BEGUN and fact.transaction is not None:
        return fact.transaction.charged_at
    switched = fact.kind is ChangeKind.RENEWAL_OFF and fact.point is not None
    return fact.point.standing.since if switched and fact.point else None


def _told_at(fact: Fact) -> datetime:
    return time_of(fact.by[0])


def _purchased_at(fact: Fact, standing: Standing, term: Transaction | None) -> datetime | None:
    if fact.invoice is not None:
        return fact.invoice.issued_at
    return standing.purchased_at or (term.purchased_at if term else None)


def _product(
    fact: Fact, standing: Standing, term: Transaction | None, state: PurchaseState
) -> str | None:
    """The product it is about; of a product change the old one."""
    if fact.invoice is not None:
        return fact.invoice.product_id
    present = standing.product_id or (term.product_id if term else None)
    if fact.kind is not ChangeKind.PRODUCT_CHANGED:
        return present
    before = term_before(state, fact)
    return fact.old_product_id or (before.product_id if before else present)
