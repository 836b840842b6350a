"""A notification sent through the path again, exactly as it came but for its origin. Pure.

Its receipt, its time and its bytes stay, so what it leads to has the ids that it would have had; its
origin `replay` moves no label, whatever becomes of it.
"""

from sinks.console.notification_queries import KeptRow
from streams.contracts import topics
from streams.contracts.errors import MalformedError
from streams.contracts.ids import AppId, ReceiptId, StoreName
from streams.contracts.raw import RawNotification, raw_headers
from streams.contracts.step import Out
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


def _was_pulled(row: KeptRow) -> bool:
    """What came to a route has a token's hint; what our own process took from the store has none."""
    return row.origin == Origin.NOTIFICATION and not row.token_hint
