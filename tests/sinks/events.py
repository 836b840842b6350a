"""Events as identify writes them, for the tests of what comes after it."""

from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from streams.contracts.codec import encode
from streams.contracts.event import Event, EventType
from streams.contracts.ids import AppId, CustomerId, EventId, PurchaseKey, StoreName
from streams.contracts.step import Out
from streams.contracts.topics import EVENTS
from streams.contracts.words import Environment, Origin, PeriodType, Signal

AT = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
LATER = datetime(2026, 10, 21, 14, 13, 20, tzinfo=UTC)
EXAMPLE: dict[str, Any] = {
    "app_id": AppId("app1a2b"),
    "store": StoreName("play_store"),
    "store_name": "PLAY_STORE",
    "environment": Environment.PRODUCTION,
    "purchase_key": PurchaseKey("app1a2b/play_store/PRODUCTION/token"),
    "subscription_id": "app1a2b/play_store/PRODUCTION/token",
    "customer_id": CustomerId("u-42"),
    "original_customer_id": CustomerId("$RCAnonymousID:0af3"),
    "aliases": (CustomerId("u-42"), CustomerId("$RCAnonymousID:0af3")),
    "customer_first_seen_at": AT,
    "occurred_at": AT,
    "received_at": AT,
    "generated_at": datetime(2026, 9, 21, 14, 13, 23, tzinfo=UTC),
    "sequence": 1,
    "origin": Origin.NOTIFICATION,
    "signal": Signal.PURCHASED,
    "notification_id": "n-1",
    "notification_type": "SUBSCRIPTION_PURCHASED",
    "receipt_id": "r-1",
    "project_sha256": "ab" * 32,
    "attributes": {"$email": {"value": "a@b.co", "updated_at_ms": 1789999000000}},
    "period": "GPA.1",
    "product_id": "pro:monthly",
    "product_duration": "P1M",
    "entitlement_ids": ("pro",),
    "period_type": PeriodType.NORMAL,
    "purchased_at": AT,
    "expires_at": LATER,
    "currency": "EUR",
    "price_micros": 7_990_000,
    "price_usd_micros": 8_700_000,
    "rate_usd_micros": 1_088_861,
    "rate_day": "2026-09-21",
    "tax_bp": 1597,
    "commission_bp": 1260,
    "transaction_id": "GPA.1111-2222-3333-44444",
    "original_transaction_id": "GPA.1111-2222-3333-44444",
    "country_code": "DE",
    "renewal_number": 1,
}


def event_id(number: int | str) -> EventId:
    return EventId(str(uuid5(NAMESPACE_URL, f"event/{number}")))


def event(
    number: int | str = 1,
    type: EventType = EventType.INITIAL_PURCHASE,  # noqa: A002 - the field's own name
    **fields: Any,  # noqa: ANN401 - any field of Event
) -> Event:
    """A monthly subscription of u-42 on Google Play, as RevenueCat's own example has it."""
    named = {"id": event_id(number), "type": type, "fact": f"txn/GPA.{number}"}
    return Event(**(EXAMPLE | named | fields))


def event_out(told: Event) -> Out:
    """As identify publishes it."""
    return Out(topic=EVENTS, key=told.customer_id.encode(), value=encode(told))
