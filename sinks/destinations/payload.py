"""An event in RevenueCat's shape: the fields of each event type, and what is null, 0 or absent.

`SHAPES` says which fields an event type has; a field that it names is always there (null when there
is nothing to say), one that it does not name never is. What RevenueCat has no word for stands under
`store_notifications` and nowhere else, so a consumer written for RevenueCat works unchanged.
"""

from collections.abc import Callable, Container, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any

from streams.contracts.event import Event, EventType
from streams.contracts.money import MICROS
from streams.contracts.words import PeriodType, Reason

API_VERSION = "1.0"
PROMOTIONAL = "PROMOTIONAL"
ADDITIONS = "store_notifications"
Fields = tuple[str, ...]

_COMMON: Fields = ("id", "type", "app_id", "event_timestamp_ms")
_CUSTOMER: Fields = (
    *("app_user_id", "original_app_user_id", "aliases", "subscriber_attributes", "experiments"),
)
_PURCHASE: Fields = (
    *_COMMON,
    *_CUSTOMER,
    *("product_id", "entitlement_id", "entitlement_ids", "period_type"),
    *("purchased_at_ms", "expiration_at_ms", "store", "environment", "presented_offering_id"),
    *("transaction_id", "original_transaction_id", "is_family_share", "country_code", "currency"),
    *("price", "price_in_purchased_currency"),
    *("tax_percentage", "commission_percentage", "takehome_percentage"),
    *("offer_code", "renewal_number", "metadata"),
)
_CONSENT: Fields = (
    *_COMMON,
    *_CUSTOMER,
    *("product_id", "transaction_id", "original_transaction_id"),
    *("store", "environment", "currency", "country_code"),
)
_TRANSFER: Fields = (*_COMMON, "store", "environment", "transferred_from", "transferred_to")
_GRANT: Fields = (
    *_COMMON,
    *("app_user_id", "store", "product_id", "entitlement_ids"),
    *("purchased_at_ms", "expiration_at_ms", "transaction_id"),
)

SHAPES: Mapping[EventType, Fields] = {
    EventType.TEST: _PURCHASE,
    EventType.INITIAL_PURCHASE: _PURCHASE,
    EventType.RENEWAL: (*_PURCHASE, "is_trial_conversion"),
    EventType.CANCELLATION: (*_PURCHASE, "cancel_reason"),
    EventType.UNCANCELLATION: _PURCHASE,
    EventType.NON_RENEWING_PURCHASE: _PURCHASE,
    EventType.SUBSCRIPTION_PAUSED: (*_PURCHASE, "auto_resume_at_ms"),
    EventType.EXPIRATION: (*_PURCHASE, "expiration_reason"),
    EventType.BILLING_ISSUE: (*_PURCHASE, "grace_period_expiration_at_ms"),
    EventType.PRODUCT_CHANGE: (*_PURCHASE, "new_product_id"),
    EventType.TRANSFER: _TRANSFER,
    EventType.SUBSCRIPTION_EXTENDED: _PURCHASE,
    EventType.TEMPORARY_ENTITLEMENT_GRANT: _GRANT,
    EventType.REFUND_REVERSED: _PURCHASE,
    EventType.INVOICE_ISSUANCE: tuple(name for name in _PURCHASE if name != "price"),
    EventType.PRICE_INCREASE_CONSENT_REQUIRED: _CONSENT,
    EventType.PRICE_INCREASE_CONSENT_APPROVED: _CONSENT,
}
_ADDITIONS: Fields = (
    *("fact", "sequence", "origin", "late", "extension", "affects_access", "environment"),
    *("subscription_id", "purchase_key", "customer_id", "occurred_at_ms", "received_at_ms"),
    *("receipt_id", "notification_id", "notification_type", "signal"),
    *("price_micros", "price_usd_micros", "rate_usd_micros", "rate_day", "quantity"),
    *("refund_id", "offer_type", "product_duration", "new_product_id", "project_sha256"),
)
# Money stands on these; on every other type it is 0, so that the sum over all events is revenue.
_MONEY = frozenset(
    {
        EventType.INITIAL_PURCHASE,
        EventType.RENEWAL,
        EventType.NON_RENEWING_PURCHASE,
        EventType.REFUND_REVERSED,
        EventType.INVOICE_ISSUANCE,
    }
)
# An invoice that nobody has paid yet has no term, no transaction and no shares.
NULL_ON_INVOICE = frozenset(
    {
        *("period_type", "expiration_at_ms", "entitlement_ids", "renewal_number"),
        *("transaction_id", "original_transaction_id"),
        *("tax_percentage", "commission_percentage", "takehome_percentage"),
    }
)
_TELLS_NEW_PRODUCT = frozenset({"APP_STORE", "MAC_APP_STORE", "PLAY_STORE"})
# Left out, not null, where RevenueCat leaves them out for some stores.
LEFT_OUT: Mapping[str, Callable[[Event], bool]] = {
    "app_id": lambda event: event.store_name == PROMOTIONAL,
    "new_product_id": lambda event: (
        event.new_product_id is None or event.store_name not in _TELLS_NEW_PRODUCT
    ),
}


def envelope(event: Event) -> dict[str, Any]:
    """The whole body of a webhook."""
    told = fields(event)
    told[ADDITIONS] = additions(event)
    return {"api_version": API_VERSION, "event": told}


def fields(event: Event) -> dict[str, Any]:
    """RevenueCat's fields of this event, in one order."""
    told = _TOLD[event.type].of(event)
    for name, left_out in LEFT_OUT.items():
        if name in told and left_out(event):
            del told[name]
    return told


def additions(event: Event) -> dict[str, Any]:
    """What RevenueCat has no field for. Exact money stands here, in integer micros."""
    return _ADDED.of(event)


def ends_at(event: Event) -> datetime | None:
    """The end that receivers judge activity by. Of an EXPIRATION never after access went, which a
    refund or an unpaid charge takes before the term's own end."""
    if event.type is EventType.EXPIRATION and event.expires_at is not None:
        return min(event.expires_at, event.occurred_at)
    return event.expires_at


def _ms(at: datetime | None) -> int | None:
    return None if at is None else round(at.timestamp() * 1000)


def _money(event: Event, micros: int | None) -> float | None:
    refunded = event.type is EventType.CANCELLATION and _is_refund(event)
    if event.type not in _MONEY and not refunded:
        return 0.0
    if micros is None:
        return 0.0 if event.period_type is PeriodType.TRIAL else None
    return micros / MICROS


def _is_refund(event: Event) -> bool:
    return event.refund_id is not None or event.cancel_reason is Reason.CUSTOMER_SUPPORT


def _share(basis_points: int | None) -> float | None:
    return None if basis_points is None else basis_points / 10_000


def _takehome(event: Event) -> float | None:
    """What the store leaves before taxes; commission_percentage is of the price with taxes in it."""
    if event.commission_bp is None:
        return None
    net = 10_000 - (event.tax_bp or 0)
    return round(1 - event.commission_bp / net, 3) if net > 0 else None


# Fields that are the event's own, by another name; what stands in none of these three tables is the
# event's own by its name.
_RENAMED: Mapping[str, str] = {
    "app_user_id": "customer_id",
    "original_app_user_id": "original_customer_id",
    "subscriber_attributes": "attributes",
    "store": "store_name",
}
_ALWAYS: Mapping[str, Any] = {
    "experiments": (),  # nobody is enrolled in one here
    "entitlement_id": None,  # deprecated by RevenueCat
    "presented_offering_id": None,  # no paywall is shown by us
    "metadata": None,
}
_MADE: Mapping[str, Callable[[Event], Any]] = {
    "event_timestamp_ms": lambda event: _ms(event.generated_at),
    "entitlement_ids": lambda event: event.entitlement_ids or None,
    "period_type": lambda event: event.period_type or PeriodType.NORMAL,
    "purchased_at_ms": lambda event: _ms(event.purchased_at),
    "expiration_at_ms": lambda event: _ms(ends_at(event)),
    "grace_period_expiration_at_ms": lambda event: _ms(event.grace_expires_at),
    "auto_resume_at_ms": lambda event: _ms(event.auto_resume_at),
    "occurred_at_ms": lambda event: _ms(event.occurred_at),
    "received_at_ms": lambda event: _ms(event.received_at),
    "is_trial_conversion": lambda event: bool(event.is_trial_conversion),
    "cancel_reason": lambda event: event.cancel_reason or Reason.UNKNOWN,
    "expiration_reason": lambda event: event.expiration_reason or Reason.UNKNOWN,
    "price": lambda event: _money(event, event.price_usd_micros),
    "price_in_purchased_currency": lambda event: _money(event, event.price_micros),
    "tax_percentage": lambda event: _share(event.tax_bp),
    "commission_percentage": lambda event: _share(event.commission_bp),
    "takehome_percentage": _takehome,
}


class _Telling:
    """A set of fields, put together once: this is done for every delivery. What is the event's own
    is read in one call, which costs a third of a call for each."""

    def __init__(self, names: Fields, *, null: Container[str] = ()) -> None:
        self._blank = {name: _ALWAYS.get(name) for name in names}
        told = [name for name in names if name not in _ALWAYS and name not in null]
        self._own = [name for name in told if name not in _MADE]
        self._read = attrgetter(*(_RENAMED.get(name, name) for name in self._own))
        self._made = [(name, _MADE[name]) for name in told if name in _MADE]

    def of(self, event: Event) -> dict[str, Any]:
        """In the order of the names."""
        told = self._blank.copy()
        told.update(zip(self._own, self._read(event), strict=True))
        for name, value in self._made:
            told[name] = value(event)
        return told


def _told_by(type_: EventType) -> _Telling:
    null = NULL_ON_INVOICE if type_ is EventType.INVOICE_ISSUANCE else ()
    return _Telling(SHAPES[type_], null=null)


_TOLD = {type_: _told_by(type_) for type_ in SHAPES}
_ADDED = _Telling(_ADDITIONS)
