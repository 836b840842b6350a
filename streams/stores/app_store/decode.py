"""One App Store notification as a record: its purchase, its signal, and what it says."""

from streams.contracts.ids import NO_PURCHASE, NotificationId, purchase_key
from streams.contracts.purchase import Notification, VerifiedPayload
from streams.stores.app_store.claims import Message
from streams.stores.app_store.options import NAME
from streams.stores.app_store.signals import signal_of
from streams.stores.app_store.snapshot import snapshot
from streams.stores.base import Decoded
from streams.stores.moments import at_ms


def decode(payload: VerifiedPayload) -> tuple[Decoded, ...]:
    """Always one Notification; one about no purchase has the purchase id `-`."""
    message: Message = payload.content
    outer = message.outer
    return (
        Notification(
            notification_id=NotificationId(outer.notification_uuid),
            app_id=payload.app_id,
            store=NAME,
            environment=message.environment,
            purchase_key=purchase_key(
                payload.app_id, NAME, message.environment, _purchase_id(message)
            ),
            type=outer.notification_type,
            subtype=outer.subtype,
            signal=signal_of(message),
            occurred_at=at_ms(outer.signed_date),
            received_at=payload.received_at,
            receipt_id=payload.receipt_id,
            origin=payload.origin,
            snapshot=snapshot(message),
        ),
    )


def _purchase_id(message: Message) -> str:
    named = message.transaction or message.renewal
    return NO_PURCHASE if named is None else named.original_transaction_id
