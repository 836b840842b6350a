"""The label "Last received" of an app's store, and the app's billable figure, from outcomes.

Two invariants. The label is moved by what the store pushes for a tracked subscription
(a redelivery too) and by the recommended connection check, and only ever forward. Plan, shipped_at
and the billable figure follow from the posts of the app's own backend and from nothing else.
"""

from dataclasses import replace
from datetime import UTC, datetime

from streams.contracts.outcome import (
    BillableMonth,
    LastReceived,
    Outcome,
    OutcomeKind,
    Shipping,
)
from streams.contracts.words import Origin
from streams.normalize.money import RateTable, usd_micros

_OF_A_PURCHASE = {
    OutcomeKind.MATCHED,
    OutcomeKind.DUPLICATE,
    OutcomeKind.STALE,
    OutcomeKind.PARKED,
}
_AUTHENTIC = {
    *_OF_A_PURCHASE,
    OutcomeKind.TEST,
    OutcomeKind.NO_PURCHASE,
    OutcomeKind.NEEDS_CREDENTIALS,
}
_FORGED = "signature"


def receive(value: LastReceived | None, outcome: Outcome) -> LastReceived:
    """The label after an outcome of key app/store. What the store did not push changes nothing."""
    value = value or LastReceived(app_id=outcome.app_id, store=outcome.store)
    if outcome.origin is not Origin.NOTIFICATION:
        return value
    value = _counted(value, outcome)
    if outcome.kind is OutcomeKind.REJECTED:
        return _rejected(value, outcome)
    at = outcome.received_at
    if moves(outcome):
        value = replace(value, last_received_at=_later(value.last_received_at, at))
    if outcome.kind in _AUTHENTIC:
        value = replace(value, last_authentic_at=_later(value.last_authentic_at, at))
    if outcome.kind in _OF_A_PURCHASE and not outcome.tracked:
        value = replace(value, last_untracked_at=_later(value.last_untracked_at, at))
    return value


def moves(outcome: Outcome) -> bool:
    """Whether "Last received" moves to the outcome's received_at, if that is later than it stands."""
    if outcome.origin is not Origin.NOTIFICATION:
        return False
    matched = outcome.tracked and outcome.kind in _OF_A_PURCHASE
    return matched or (outcome.kind is OutcomeKind.TEST and outcome.connection_check)


def ship(value: Shipping | None, outcome: Outcome, rates: RateTable) -> Shipping:
    """The app after an outcome of key app/-: its first posts as PRODUCTION ship it and are counted.

    `shipped_at` is the earliest of them by received_at, so that it does not hang on which of two
    posts was applied first.
    """
    value = value or Shipping(app_id=outcome.app_id)
    posted = outcome.kind is OutcomeKind.POSTED and outcome.origin is Origin.POST
    if not (posted and outcome.ships):
        return value
    months = {month.month: month for month in value.billable}
    name = outcome.received_at.astimezone(UTC).strftime("%Y-%m")
    months[name] = _billed(
        months.get(name, BillableMonth(month=name, purchases=0, usd_micros=0)), outcome, rates
    )
    shipped_at = min(value.shipped_at or outcome.received_at, outcome.received_at)
    billable = tuple(months[name] for name in sorted(months))
    return replace(value, shipped_at=shipped_at, billable=billable)


def _billed(month: BillableMonth, outcome: Outcome, rates: RateTable) -> BillableMonth:
    """The month with one more purchase, at its own price and its own day's rate."""
    usd = _usd(outcome, rates)
    return replace(
        month,
        purchases=month.purchases + 1,
        usd_micros=month.usd_micros + (usd or 0),
        unpriced=month.unpriced + (usd is None),
    )


def _usd(outcome: Outcome, rates: RateTable) -> int | None:
    if outcome.price is None:
        return None
    day = outcome.received_at.astimezone(UTC).date()
    return usd_micros(outcome.price, rates.find(outcome.price.currency, day))


def _counted(value: LastReceived, outcome: Outcome) -> LastReceived:
    counts = dict(value.counts)
    counts[outcome.kind] = counts.get(outcome.kind, 0) + outcome.count
    return replace(value, counts=counts)


def _rejected(value: LastReceived, outcome: Outcome) -> LastReceived:
    """A forged one moves `last_rejected` with its reason, and nothing else."""
    if outcome.reason == _FORGED and value.last_authentic_at is None:
        value = replace(value, first_rejections=value.first_rejections + outcome.count)
    if value.last_rejected_at is not None and outcome.received_at < value.last_rejected_at:
        return value
    return replace(
        value,
        last_rejected_at=outcome.received_at,
        last_rejected_reason=outcome.reason,
        last_rejected_detail=outcome.detail,
    )


def _later(known: datetime | None, at: datetime) -> datetime:
    """No time here ever goes back."""
    return at if known is None else max(known, at)
