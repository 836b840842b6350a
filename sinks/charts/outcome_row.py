"""Outcomes and delivery attempts as rows of their tables."""

from sinks.charts.columns import Row, at, count, maybe_at, money, status
from sinks.delivery.attempts import Attempt
from streams.contracts.outcome import Outcome
from streams.contracts.step import Record


def outcome_row(outcome: Outcome, record: Record) -> Row:
    """`source`: the record that led to it, by which a repetition is known. What was counted at the
    door has none: there our own place is as good, a worker does not tell it again."""
    source = outcome.source or f"{record.topic}/{record.partition}"
    offset = outcome.source_offset if outcome.source else record.offset
    return {
        "app_id": outcome.app_id,
        "store": outcome.store,
        "kind": outcome.kind.value,
        "received_at": at(outcome.received_at),
        "source": source,
        "source_offset": offset,
        "source_place": count(outcome.source_place),
        "receipt_id": outcome.receipt_id,
        "notification_id": outcome.notification_id,
        "notification_type": outcome.notification_type,
        "purchase_key": outcome.purchase_key,
        "customer_id": outcome.customer_id,
        "origin": outcome.origin.value,
        "environment": outcome.environment.value if outcome.environment else "",
        "tracked": outcome.tracked,
        "connection_check": outcome.connection_check,
        "reason": outcome.reason,
        "detail": outcome.detail,
        "occurred_at": maybe_at(outcome.occurred_at),
        "count": count(outcome.count),
        "events": count(outcome.events),
        "unknown": outcome.unknown,
        "ships": outcome.ships,
        "price_micros": money(outcome.price.micros) if outcome.price else None,
        "currency": outcome.price.currency if outcome.price else "",
    }


def attempt_row(attempt: Attempt) -> Row:
    return {
        "destination": attempt.destination,
        "started_at": at(attempt.started_at),
        "event_id": attempt.event_id,
        "attempt": count(attempt.attempt),
        "result": attempt.result.value,
        "destination_type": attempt.destination_type,
        "app_id": attempt.app_id,
        "store": attempt.store,
        "environment": attempt.environment,
        "event_type": attempt.event_type,
        "event_received_at": at(attempt.event_received_at),
        "reason": attempt.reason,
        "detail": attempt.detail,
        "status": status(attempt.status),
        "next_at": maybe_at(attempt.next_at),
        "total_ms": attempt.timing.total_ms,
        "dns_ms": attempt.timing.dns_ms,
        "connect_ms": attempt.timing.connect_ms,
        "tls_ms": attempt.timing.tls_ms,
        "first_byte_ms": attempt.timing.first_byte_ms,
        "reused": attempt.timing.reused,
        "request_bytes": count(attempt.request_bytes),
        "response_bytes": count(attempt.response_bytes),
        "response_snippet": attempt.response_snippet,
        "replay": attempt.replay,
    }
