"""One push as a Pointer at the purchase, or as a Notification where it is about none.

Nothing of the body but the token is taken for true; the rest goes along as a hint.
"""

from streams.contracts.ids import NO_PURCHASE, NotificationId, purchase_key
from streams.contracts.purchase import Notification, Pointer, VerifiedPayload
from streams.stores.base import Decoded
from streams.stores.moments import at_ms
from streams.stores.play_store.messages import (
    Message,
    OneTime,
    PendingRefund,
    Subscription,
    Test,
    Voided,
)
from streams.stores.play_store.options import NAME
from streams.stores.play_store.signals import word_of


def decode(payload: VerifiedPayload) -> tuple[Decoded, ...]:
    """Always one record."""
    message: Message = payload.content
    if isinstance(message.member, str | Test):
        return (_notification(payload, message),)
    return (_pointer(payload, message, message.member),)


def _notification(payload: VerifiedPayload, message: Message) -> Notification:
    """The connection check, and a member that is new to us."""
    word = word_of(message.member)
    environment = payload.environments[0]
    return Notification(
        notification_id=NotificationId(message.message_id),
        app_id=payload.app_id,
        store=NAME,
        environment=environment,
        purchase_key=purchase_key(payload.app_id, NAME, environment, NO_PURCHASE),
        type=word.name,
        signal=word.signal,
        occurred_at=at_ms(message.occurred_ms),
        received_at=payload.received_at,
        receipt_id=payload.receipt_id,
        origin=payload.origin,
        connection_check=isinstance(message.member, Test),
    )


def _pointer(
    payload: VerifiedPayload,
    message: Message,
    member: Subscription | OneTime | Voided | PendingRefund,
) -> Pointer:
    word = word_of(member)
    return Pointer(
        app_id=payload.app_id,
        store=NAME,
        environments=payload.environments,
        purchase_id=member.order_id if isinstance(member, PendingRefund) else member.purchase_token,
        type=word.name,
        signal=word.signal,
        notification_id=NotificationId(message.message_id),
        occurred_at=at_ms(message.occurred_ms),
        received_at=payload.received_at,
        receipt_id=payload.receipt_id,
        origin=payload.origin,
        hint=_hint(member),
    )


def _hint(member: Subscription | OneTime | Voided | PendingRefund) -> dict[str, str]:
    """`pending_refund_token` says that the purchase id is an order's."""
    said = _said(member)
    return {name: str(value) for name, value in said.items() if value is not None}


def _said(member: Subscription | OneTime | Voided | PendingRefund) -> dict[str, str | int | None]:
    match member:
        case Subscription():
            return {"product_id": member.subscription_id}
        case OneTime():
            return {"product_id": member.sku}
        case Voided():
            return {
                "order_id": member.order_id,
                "product_type": member.product_type,
                "refund_type": member.refund_type,
            }
        case PendingRefund():
            return {
                "order_id": member.order_id,
                "pending_refund_token": member.pending_refund_token,
                "refund_reason": member.refund_reason,
            }
