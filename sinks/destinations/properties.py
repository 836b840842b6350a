"""What integrations tell of an event beside its name: whose it is, its properties, the status after it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sinks.destinations.payload import ends_at, fields
from streams.contracts.codec import write_json
from streams.contracts.event import Event, EventType
from streams.contracts.words import PeriodType, Reason

STATUS = "rc_subscription_status"
# Of RevenueCat's webhook fields, the ones that its integrations carry; null where there is nothing.
_FIELDS = (
    *("app_id", "app_user_id", "original_app_user_id", "aliases", "product_id", "new_product_id"),
    *("entitlement_ids", "period_type", "store", "environment", "presented_offering_id"),
    *("transaction_id", "original_transaction_id", "is_family_share", "country_code", "currency"),
    *("tax_percentage", "commission_percentage", "offer_code", "renewal_number"),
    *("is_trial_conversion", "cancel_reason", "expiration_reason"),
)
# Given up, in this order, when an event is larger than its vendor takes.
_SPARE = ("subscriber_attributes", "aliases")
_BY_PERIOD = {
    PeriodType.NORMAL: "active",
    PeriodType.INTRO: "intro",
    PeriodType.TRIAL: "trial",
    PeriodType.PROMOTIONAL: "promotional",
    PeriodType.PREPAID: "active",
}
_IN_TRIAL = {"cancelled": "cancelled_trial", "grace_period": "grace_period_trial"}
_GIVES_ACCESS = frozenset(
    {
        EventType.INITIAL_PURCHASE,
        EventType.RENEWAL,
        EventType.UNCANCELLATION,
        EventType.SUBSCRIPTION_EXTENDED,
        EventType.REFUND_REVERSED,
    }
)


def attribute(event: Event, name: str) -> str | None:
    """A customer attribute's value; None when it is not set, or blank."""
    value = str(event.attributes.get(name, {}).get("value", "")).strip()
    return value or None


def user_of(event: Event, name: str) -> str:
    """The attribute `name` where the customer has it, else the app user id."""
    return attribute(event, name) or event.customer_id


def properties(event: Event) -> dict[str, Any]:
    """RevenueCat's names; times in RFC 3339, attributes by name."""
    told = fields(event)
    return {
        **{name: told[name] for name in _FIELDS if name in told},
        "purchased_at": moment(event.purchased_at),
        "expiration_at": moment(ends_at(event)),
        "event_id": event.id,
        "subscriber_attributes": {
            name: value for name in event.attributes if (value := attribute(event, name))
        },
    }


def fitted(told: dict[str, Any], most: int) -> dict[str, Any]:
    """`told` in at most so many bytes of JSON: without attributes, then without aliases."""
    for name in _SPARE:
        if len(write_json(told)) <= most:
            break
        told = {key: value for key, value in told.items() if key != name}
    return told


def present(told: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is null."""
    return {name: value for name, value in told.items() if value is not None}


def moment(at: datetime | None) -> str | None:
    """To the second, as 2026-09-21T14:13:20Z."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def status(event: Event) -> str | None:
    """The subscription's status after the event, in RevenueCat's words; None: it says nothing of it.

    A billing issue without grace says nothing: whether access ends is told by the next event. Nor
    does the cancellation beside it, which would put an end to the grace that it told.
    """
    found = _status(event)
    if event.period_type is PeriodType.TRIAL:
        return _IN_TRIAL.get(found or "", found)
    if event.period_type is PeriodType.PROMOTIONAL and found == "expired":
        return "expired_promotional"
    return found


def _status(event: Event) -> str | None:
    if event.type in _GIVES_ACCESS:
        return _BY_PERIOD[event.period_type or PeriodType.NORMAL]
    if event.type is EventType.NON_RENEWING_PURCHASE:
        return "promotional" if event.period_type is PeriodType.PROMOTIONAL else None
    if event.type is EventType.BILLING_ISSUE:
        return None if event.grace_expires_at is None else "grace_period"
    if event.cancel_reason is Reason.BILLING_ERROR:
        return None
    return {
        EventType.CANCELLATION: "cancelled",
        EventType.SUBSCRIPTION_PAUSED: "paused",
        EventType.EXPIRATION: "expired",
    }.get(event.type)
