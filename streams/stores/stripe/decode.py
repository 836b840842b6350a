"""One Stripe event as a record, and the names by which later events will find its purchase."""

from dataclasses import replace
from datetime import UTC, datetime

from streams.contracts.errors import MalformedError
from streams.contracts.ids import NotificationId, PurchaseKey, purchase_key
from streams.contracts.project import App
from streams.contracts.purchase import Notification, Pointer, PurchaseAlias, VerifiedPayload
from streams.contracts.words import Origin, Signal
from streams.stores.base import Decoded
from streams.stores.moments import at_seconds
from streams.stores.stripe.events import Event, Message
from streams.stores.stripe.options import NAME, READER
from streams.stores.stripe.said import Context, Link, Said
from streams.stores.stripe.signals import TYPES, UNKNOWN


def decode(payload: VerifiedPayload, app: App) -> tuple[Decoded, ...]:
    """A Notification, then a PurchaseAlias for each name that the event links; or a Pointer at what
    only the API can tell. What the API can tell besides is asked for like what is due: it moves nothing
    of the message's own, and without a key of the API it is not asked."""
    message: Message = payload.content
    occurred_at = _occurred_at(message.event)
    said = _said(message, payload, app, occurred_at)
    if said.ask_for:
        return (_pointer(said.ask_for, said, payload, message, occurred_at),)
    notification = Notification(
        notification_id=NotificationId(message.event.id),
        app_id=payload.app_id,
        store=NAME,
        environment=message.environment,
        purchase_key=_key(said.purchase_id, payload, message),
        type=message.event.type,
        signal=said.signal,
        occurred_at=occurred_at,
        received_at=payload.received_at,
        receipt_id=payload.receipt_id,
        origin=payload.origin,
        snapshot=said.snapshot,
    )
    aliases = (_alias(link, payload, message) for link in said.links)
    if not said.ask_again:
        return (notification, *aliases)
    asked = _pointer(said.ask_again, said, payload, message, occurred_at)
    return (notification, *aliases, replace(asked, origin=Origin.REFRESH))


def _pointer(
    name: str, said: Said, payload: VerifiedPayload, message: Message, occurred_at: datetime
) -> Pointer:
    return Pointer(
        app_id=payload.app_id,
        store=NAME,
        environments=(message.environment,),
        purchase_id=name,
        type=message.event.type,
        signal=said.signal,
        notification_id=NotificationId(message.event.id),
        occurred_at=occurred_at,
        received_at=payload.received_at,
        receipt_id=payload.receipt_id,
        origin=payload.origin,
    )


def _said(message: Message, payload: VerifiedPayload, app: App, occurred_at: datetime) -> Said:
    """A thin event only names its object, whose snapshot event comes beside it."""
    content = message.event.data
    if content is None:
        return Said(signal=Signal.NOTED)
    type_ = TYPES.get(message.event.type, UNKNOWN)
    return type_.read(
        Context(
            app_id=payload.app_id,
            environment=message.environment,
            options=READER.of(app),
            signal=type_.signal,
            occurred_at=occurred_at,
            content=content,
        )
    )


def _occurred_at(event: Event) -> datetime:
    """Seconds, or RFC 3339 in a thin event."""
    if isinstance(event.created, int):
        return at_seconds(event.created)
    try:
        return datetime.fromisoformat(event.created).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedError(f"created {event.created[:64]!r} is no time") from error


def _alias(link: Link, payload: VerifiedPayload, message: Message) -> PurchaseAlias:
    return PurchaseAlias(
        app_id=payload.app_id,
        store=NAME,
        environment=message.environment,
        purchase_key=_key(link.purchase_id, payload, message),
        target=_key(link.target, payload, message),
        ref=link.ref,
        received_at=payload.received_at,
    )


def _key(purchase_id: str, payload: VerifiedPayload, message: Message) -> PurchaseKey:
    return purchase_key(payload.app_id, NAME, message.environment, purchase_id)
