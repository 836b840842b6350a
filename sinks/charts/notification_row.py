"""Raw notifications and dead letters as rows of table `notifications`: bytes untouched.

A record of ours that can't be read becomes such a row too, under its own topic: it is kept, shown
and counted, and stops nothing. What proves a sender stays in Kafka: whoever may ask the tables would
be as good as the store for as long as it holds.
"""

from sinks.charts.columns import Row, at, from_milliseconds
from streams.contracts.errors import MalformedError
from streams.contracts.raw import CREDENTIALS, RawNotification, RequestHeaders, read_raw
from streams.contracts.step import Record
from streams.contracts.topics import HEADER_DETAIL, HEADER_REASON, HEADER_SOURCE

UNREADABLE = "unreadable"
WITHHELD = "(in notifications.raw alone)"
_ENVELOPE = "raw"


def raw_row(record: Record) -> Row:
    """Raise MalformedError when the record has no envelope."""
    return _row(record, read_raw(record))


def dead_row(record: Record) -> Row:
    """Never fails: a dead letter may come from any topic, with any headers or none."""
    return _row(record, _raw_if_any(record))


def unreadable_row(record: Record, error: MalformedError) -> Row:
    """What stands for a record that says nothing we can read."""
    row = dead_row(record)
    return {**row, "source": record.place, "reason": UNREADABLE, "detail": str(error)}


def _raw_if_any(record: Record) -> RawNotification | None:
    try:
        return read_raw(record)
    except MalformedError:
        return None


def _row(record: Record, raw: RawNotification | None) -> Row:
    return {
        "topic": record.topic,
        "app_id": raw.app_id if raw else "",
        "store": raw.store if raw else "",
        "received_at": at(raw.received_at) if raw else from_milliseconds(record.timestamp_ms),
        "receipt_id": raw.receipt_id if raw else "",
        "source": _text(record.header(HEADER_SOURCE)) or record.place,
        "origin": raw.origin.value if raw else "",
        "environments": [environment.value for environment in raw.environments] if raw else [],
        "token_hint": raw.token_hint if raw else "",
        "reason": _text(record.header(HEADER_REASON)),
        "detail": _text(record.header(HEADER_DETAIL)),
        "request_headers": _shown(raw.request_headers) if raw else [],
        "record_headers": _headers(record),
        "body": record.value,
    }


def _shown(headers: RequestHeaders) -> list[tuple[str, str]]:
    return [(name, WITHHELD if name in CREDENTIALS else value) for name, value in headers]


def _headers(record: Record) -> dict[str, str]:
    """All but the envelope, which has columns of its own."""
    return {name: _text(value) for name, value in record.headers if name != _ENVELOPE}


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")
