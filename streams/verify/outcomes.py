"""What is said of a message or post that never met its purchase: it had none, was refused, or met a bug."""

from dataclasses import replace

from streams.contracts.codec import decode
from streams.contracts.errors import MalformedError, RejectedError
from streams.contracts.ids import ReceiptId
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.purchase import (
    KINDS,
    Due,
    InboxRecord,
    Notification,
    Observation,
    PostedPurchase,
    PurchaseAlias,
    Tracking,
)
from streams.contracts.raw import RawNotification, read_raw
from streams.contracts.step import Record
from streams.contracts.topics import HEADER_KIND, POSTED, RAW
from streams.contracts.words import Origin, Signal

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
    """None when the record does not say whose it was, or nobody's message or post led to it."""
    try:
        whose = _whose(record)
    except MalformedError:
        return None
    return whose and replace(whose, reason=error.reason, detail=str(error)[:_DETAIL])


def of_bug(record: Record, error: Exception) -> Outcome | None:
    """A step of ours raised on it. None as for a rejection; raise MalformedError for what can't be read."""
    whose = _whose(record)
    return whose and replace(whose, kind=OutcomeKind.BUG, reason="bug", detail=type(error).__name__)


def _whose(record: Record) -> Outcome | None:
    """Its outcome as rejected."""
    if record.topic == RAW:
        return _raw(record)
    if record.topic == POSTED:
        return _posted(record)
    kind = KINDS.get((record.header(HEADER_KIND) or b"").decode())
    return None if kind is None else _in_inbox(decode(record.value, kind))


def _in_inbox(message: InboxRecord) -> Outcome | None:
    """Of what nobody waits for there is none: a due time, a refresh, an alias."""
    match message:
        case Notification():
            return replace(of_notification(message), kind=OutcomeKind.REJECTED)
        case Observation():
            return None if message.origin is Origin.REFRESH else _observed(message)
        case Tracking():
            return _tracking(message)
        case PurchaseAlias() | Due():
            return None


def _observed(seen: Observation) -> Outcome:
    return replace(
        _rejected(seen, seen.receipt_id),
        environment=seen.environment,
        notification_id=seen.observation_id,
        notification_type=seen.type,
        purchase_key=seen.purchase_key,
        occurred_at=seen.occurred_at,
    )


def _tracking(post: Tracking) -> Outcome:
    return replace(
        _rejected(post, post.tracking_id),
        environment=post.environment,
        purchase_key=post.purchase_key,
        customer_id=post.customer_id,
    )


def _raw(record: Record) -> Outcome:
    raw = read_raw(record)
    return _rejected(raw, raw.receipt_id)


def _posted(record: Record) -> Outcome:
    posted = decode(record.value, PostedPurchase)
    return replace(_rejected(posted, posted.tracking_id), customer_id=posted.customer_id)


def _rejected(
    what: Observation | Tracking | RawNotification | PostedPurchase, receipt_id: ReceiptId
) -> Outcome:
    return Outcome(
        kind=OutcomeKind.REJECTED,
        app_id=what.app_id,
        store=what.store,
        received_at=what.received_at,
        receipt_id=receipt_id,
        origin=what.origin,
    )
