"""What is said of a message that never met its purchase: it had none, was refused, or met a bug."""

from dataclasses import replace

from streams.contracts.codec import decode
from streams.contracts.errors import MalformedError, RejectedError
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.purchase import Notification, PostedPurchase
from streams.contracts.raw import read_raw
from streams.contracts.step import Record
from streams.contracts.topics import HEADER_KIND, POSTED, RAW
from streams.contracts.words import Signal

_DETAIL = 300  # characters


def of_notification(notification: Notification) -> Outcome:
    """Genuine, and about no purchase: a store's test, or something to keep."""
    test = notification.signal is Signal.TEST
    return Outcome(
        kind=OutcomeKind.TEST if test else OutcomeKind.NO_PURCHASE,
        app_id=notification.app_id,
        store=notification.store,
        environment=notification.environment,
        received_at=notification.received_at,
        receipt_id=notification.receipt_id,
        origin=notification.origin,
        connection_check=notification.connection_check,
        notification_id=notification.notification_id,
        notification_type=notification.type,
        purchase_key=notification.purchase_key,
        occurred_at=notification.occurred_at,
        unknown=notification.signal is Signal.UNKNOWN,
    )


def of_rejection(record: Record, error: RejectedError) -> Outcome | None:
    """None when the record does not even say whose it was."""
    try:
        whose = _posted(record) if record.topic == POSTED else _raw(record)
    except MalformedError:
        return None
    return replace(whose, reason=error.reason, detail=str(error)[:_DETAIL])


def of_bug(record: Record, error: Exception) -> Outcome | None:
    """A step of ours raised on it. None for a record that is no message of a store or a backend."""
    if record.topic in {RAW, POSTED}:
        whose = _posted(record) if record.topic == POSTED else _raw(record)
    elif record.header(HEADER_KIND) == b"notification":
        whose = of_notification(decode(record.value, Notification))
    else:
        return None
    return replace(whose, kind=OutcomeKind.BUG, reason="bug", detail=type(error).__name__)


def _raw(record: Record) -> Outcome:
    raw = read_raw(record)
    return Outcome(
        kind=OutcomeKind.REJECTED,
        app_id=raw.app_id,
        store=raw.store,
        received_at=raw.received_at,
        receipt_id=raw.receipt_id,
        origin=raw.origin,
    )


def _posted(record: Record) -> Outcome:
    posted = decode(record.value, PostedPurchase)
    return Outcome(
        kind=OutcomeKind.REJECTED,
        app_id=posted.app_id,
        store=posted.store,
        received_at=posted.received_at,
        receipt_id=posted.tracking_id,
        origin=posted.origin,
        customer_id=posted.customer_id,
    )
