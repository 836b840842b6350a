"""An Event as a row of table `events`.

Texts that are not known are empty, for LowCardinality's sake; money and times stay NULL.
"""

from uuid import UUID
from zlib import crc32

from sinks.charts.columns import (
    Row,
    at,
    basis_points,
    count,
    maybe_at,
    maybe_count,
    milliseconds,
    money,
    sub_key,
)
from streams.contracts.codec import decode
from streams.contracts.errors import MalformedError
from streams.contracts.event import Event

_EPOCH_MS = 1_577_836_800_000  # 2020: what is added up over a subscription's events stays small
_TIES = 4_096


def event_row(value: bytes) -> Row:
    """Raise MalformedError when it is no event, or has a value that its column does not hold."""
    event = decode(value, Event)
    key = _key(event, version=_version(event, value))
    return {**key, **_telling(event), **_period(event), **_price(event)}


def _version(event: Event, value: bytes) -> int:
    """Of two tellings of one event the later received wins, of two received at once always the
    same one: in any order of arrival."""
    received = max(milliseconds(event.received_at) - _EPOCH_MS, 0)
    return received * _TIES + crc32(value) % _TIES


def _key(event: Event, version: int) -> Row:
    return {
        "app_id": event.app_id,
        "environment": event.environment.value,
        "sub_key": sub_key(event.subscription_id),
        "event_id": _uuid(event.id),
        "version": version,
        "type": event.type.value,
        "fact": event.fact,
        "store": event.store,
        "purchase_key": event.purchase_key,
        "subscription_id": event.subscription_id,
        "customer_id": event.customer_id,
        "original_customer_id": event.original_customer_id,
        "aliases": list(event.aliases),
        "transferred_from": list(event.transferred_from),
        "transferred_to": list(event.transferred_to),
        "customer_first_seen_at": at(event.customer_first_seen_at),
    }


def _telling(event: Event) -> Row:
    return {
        "occurred_at": at(event.occurred_at),
        "received_at": at(event.received_at),
        "generated_at": at(event.generated_at),
        "sequence": count(event.sequence),
        "origin": event.origin.value,
        "signal": event.signal.value,
        "notification_id": event.notification_id,
        "notification_type": event.notification_type,
        "receipt_id": event.receipt_id,
        "project_sha256": event.project_sha256,
        "late": event.late,
        "extension": event.extension,
        "affects_access": event.affects_access,
    }


def _period(event: Event) -> Row:
    return {
        "period": event.period,
        "product_id": event.product_id or "",
        "product_duration": event.product_duration or "",
        "entitlement_ids": list(event.entitlement_ids or ()),
        "period_type": event.period_type.value if event.period_type else "",
        "purchased_at": maybe_at(event.purchased_at),
        "expires_at": maybe_at(event.expires_at),
        "grace_expires_at": maybe_at(event.grace_expires_at),
        "auto_resume_at": maybe_at(event.auto_resume_at),
        "is_trial_conversion": bool(event.is_trial_conversion),
        "reason": _reason(event),
        "new_product_id": event.new_product_id or "",
        "transaction_id": event.transaction_id or "",
        "original_transaction_id": event.original_transaction_id or "",
        "refund_id": event.refund_id or "",
        "is_family_share": event.is_family_share,
        "country_code": event.country_code or "",
        "offer_code": event.offer_code or "",
        "offer_type": event.offer_type or "",
        "renewal_number": maybe_count(event.renewal_number),
        "quantity": count(event.quantity),
    }


def _price(event: Event) -> Row:
    return {
        "currency": event.currency or "",
        "price_micros": money(event.price_micros),
        "price_usd_micros": money(event.price_usd_micros),
        "rate_usd_micros": money(event.rate_usd_micros),
        "rate_day": event.rate_day or "",
        "tax_bp": basis_points(event.tax_bp),
        "commission_bp": basis_points(event.commission_bp),
    }


def _reason(event: Event) -> str:
    reason = event.cancel_reason or event.expiration_reason
    return reason.value if reason else ""


def _uuid(event_id: str) -> UUID:
    try:
        return UUID(event_id)
    except ValueError as error:
        raise MalformedError(f"the event id {event_id!r} is no UUID") from error
