"""A notification sent through the path again, exactly as it came but for its origin. Pure.

Its receipt, its time and its bytes stay, so what it leads to has the ids that it would have had; its
origin `replay` moves no label, whatever becomes of it.
"""

from dataclasses import replace

from sinks.charts.notification_row import WITHHELD
from sinks.console.notification_queries import KeptRow
from streams.contracts import topics
from streams.contracts.errors import MalformedError
from streams.contracts.ids import AppId, ReceiptId, StoreName
from streams.contracts.raw import RawNotification, raw_headers, read_raw
from streams.contracts.step import Out, Record
from streams.contracts.words import Environment, Origin


def replayed(row: KeptRow) -> Out:
    """Raise MalformedError when the bytes are not there any more: erased with their customer."""
    body = row.bytes
    if not body and not row.request_headers:
        raise MalformedError("its bytes are gone: erased with their customer, or past 400 days")
    raw = RawNotification(
        receipt_id=ReceiptId(row.receipt_id),
        app_id=AppId(row.app_id),
        store=StoreName(row.store),
        environments=tuple(Environment(name) for name in row.environments),
        token_hint=row.token_hint,
        received_at=row.received_at,
        origin=Origin.REPLAY,
        request_headers=row.request_headers,
        body=body,
        pulled=_was_pulled(row),
    )
    return Out(topic=topics.RAW, key=None, value=body, headers=raw_headers(raw))


def lacks_credential(row: KeptRow) -> bool:
    """Whether what proved its sender is in Kafka alone, without which it would be refused."""
    return any(value == WITHHELD for _, value in row.request_headers)


def completed(row: KeptRow, found: Record | None) -> KeptRow:
    """`found`: what stands at the row's place in notifications.raw. Raise MalformedError when it is gone."""
    raw = read_raw(found) if found is not None and found.topic == topics.RAW else None
    if raw is None or raw.receipt_id != row.receipt_id:
        raise MalformedError(
            "what proved its sender is not kept for longer than notifications.raw keeps it (30 days):"
            " python -m streams refresh asks the store about its purchase"
        )
    return replace(row, request_headers=raw.request_headers)


def _was_pulled(row: KeptRow) -> bool:
    """What came to a route has a token's hint; what our own process took from the store has none."""
    return row.origin == Origin.NOTIFICATION and not row.token_hint
