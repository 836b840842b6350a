"""Records of every topic that charts read."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from sinks.delivery.attempts import Attempt, AttemptResult, Timing
from streams.contracts import topics
from streams.contracts.codec import encode
from streams.contracts.dead import dead_letter
from streams.contracts.event import EventType
from streams.contracts.ids import AppId, EventId, ReceiptId, StoreName
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.raw import RawNotification, raw_headers
from streams.contracts.step import Headers, Record
from streams.contracts.words import Environment, Origin

AT = datetime(2026, 11, 1, 12, 0, 0, 123_000, tzinfo=UTC)
APP, STORE = AppId("tide"), StoreName("app_store")
Field = Any  # of a record
_offsets = count()


def record(topic: str, value: bytes, headers: Headers = ()) -> Record:
    return Record(
        topic=topic,
        partition=3,
        offset=next(_offsets),
        key=None,
        value=value,
        headers=headers,
        timestamp_ms=round(AT.timestamp() * 1000),
    )


def raw(body: bytes, receipt: str = "receipt-1") -> Record:
    notification = RawNotification(
        receipt_id=ReceiptId(receipt),
        app_id=APP,
        store=STORE,
        environments=(Environment.PRODUCTION, Environment.SANDBOX),
        token_hint="a1b2c3",
        received_at=AT,
        origin=Origin.NOTIFICATION,
        request_headers=(("content-type", "application/json"), ("x-odd", "é")),
        body=body,
    )
    return record(topics.RAW, body, raw_headers(notification))


def dead(
    died: Record, reason: str = "signature", detail: str = "the chain ends elsewhere"
) -> Record:
    """As verify would have put it away."""
    out = dead_letter(died, reason=reason, detail=detail)
    return record(topics.DEAD, out.value or b"", out.headers)


def outcome(**more: Field) -> Record:
    told: dict[str, Field] = {
        "kind": OutcomeKind.MATCHED,
        "app_id": APP,
        "store": STORE,
        "received_at": AT,
        "receipt_id": ReceiptId("receipt-1"),
        "origin": Origin.NOTIFICATION,
    }
    return record(topics.OUTCOMES, encode(Outcome(**(told | more))))


def attempt(**more: Field) -> Record:
    told: dict[str, Field] = {
        "event_id": EventId("5f0cf3a1-3a0e-5a64-9a2f-1f6c2f0b7a11"),
        "event_type": EventType.RENEWAL,
        "destination": "backend",
        "destination_type": "webhook",
        "app_id": APP,
        "store": STORE,
        "environment": Environment.PRODUCTION,
        "attempt": 1,
        "started_at": AT,
        "event_received_at": AT,
        "result": AttemptResult.DELIVERED,
        "status": 200,
        "timing": Timing(total_ms=12.5, first_byte_ms=11.0),
    }
    return record(topics.ATTEMPTS, encode(Attempt(**(told | more))))
