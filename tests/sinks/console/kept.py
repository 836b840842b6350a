"""Notifications as topics have them, for the pages that show what ClickHouse keeps of them."""

from datetime import datetime, timedelta
from typing import Any

from streams.contracts import topics
from streams.contracts.codec import encode
from streams.contracts.event import Event, EventType
from streams.contracts.ids import AppId, ReceiptId, StoreName
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.raw import RawNotification, RequestHeaders, raw_headers
from streams.contracts.step import Record
from streams.contracts.words import Environment, Origin
from streams.observe import clock
from tests.sinks.charts.records import record
from tests.sinks.events import event

APP, STORE = AppId("tide"), StoreName("app_store")
KEY = "tide/app_store/PRODUCTION/700001"
HEADERS: RequestHeaders = (("content-type", "application/json"),)
Field = Any  # of a record


def ago(minutes: float) -> datetime:
    return clock.now() - timedelta(minutes=minutes)


def came(receipt: str, minutes: float = 5, **more: Field) -> Record:
    """A record of notifications.raw that came so long ago."""
    told: dict[str, Field] = {
        "receipt_id": ReceiptId(receipt),
        "app_id": APP,
        "store": STORE,
        "environments": (Environment.PRODUCTION, Environment.SANDBOX),
        "token_hint": "a1b2c3",
        "received_at": ago(minutes),
        "origin": Origin.NOTIFICATION,
        "request_headers": HEADERS,
        "body": b"{}",
    }
    raw = RawNotification(**(told | more))
    return record(topics.RAW, raw.body, raw_headers(raw))


def became(receipt: str, kind: OutcomeKind, minutes: float = 5, **more: Field) -> Record:
    """A record of notifications.outcomes."""
    told: dict[str, Field] = {
        "kind": kind,
        "app_id": APP,
        "store": STORE,
        "received_at": ago(minutes),
        "receipt_id": ReceiptId(receipt),
        "origin": Origin.NOTIFICATION,
        "environment": Environment.PRODUCTION,
        "notification_type": "DID_RENEW",
        "purchase_key": KEY,
        "occurred_at": ago(minutes + 1),
    }
    return record(topics.OUTCOMES, encode(Outcome(**(told | more))))


def told(number: int | str, type_: EventType, minutes: float = 5, **more: Field) -> Record:
    """A record of events: about purchase KEY of customer ann, unless said otherwise."""
    return record(topics.EVENTS, encode(happened(number, type_, minutes, **more)))


def happened(number: int | str, type_: EventType, minutes: float = 5, **more: Field) -> Event:
    fields: dict[str, Field] = {
        "app_id": APP,
        "store": STORE,
        "store_name": "APP_STORE",
        "purchase_key": KEY,
        "subscription_id": KEY,
        "customer_id": "ann",
        "original_customer_id": "ann",
        "aliases": ("ann",),
        "occurred_at": ago(minutes + 1),
        "received_at": ago(minutes),
        "generated_at": ago(minutes),
        "purchased_at": ago(minutes + 1),
        "expires_at": ago(minutes) + timedelta(days=30),
    }
    return event(number, type_, **(fields | more))
