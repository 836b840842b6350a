"""The delivery log: one Attempt for every time that we tried, or gave up (topic deliveries.attempts).

It holds what an operator needs to see why a receiver did not get an event, and no secret: what the
receiver answered is cut short and harmless to a terminal, and our own secrets and the url are masked
in it in case it echoes them.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

from sinks.delivery.masking import MASK, harmless, words_to_mask
from streams.contracts.codec import encode
from streams.contracts.ids import AppId, EventId, StoreName
from streams.contracts.step import Out
from streams.contracts.topics import ATTEMPTS
from streams.settings.secret import Secret

SNIPPET = 500  # characters of an answer that are kept
_MASKED = 32 * 1024  # bytes of it that are looked at: more than the longest secret behind a snippet


class AttemptResult(StrEnum):
    DELIVERED = "delivered"
    RETRY = "retry"  # failed; next_at says when again
    DEAD = "dead"  # given up: it is in deliveries.dead
    SHADOW = "shadow"  # all but sent, as the destination's state asks


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds. dns, connect and tls are None on a connection that was open already."""

    total_ms: float = 0.0
    dns_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    first_byte_ms: float | None = None
    reused: bool = False


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """`attempt`: 1 is the first; 0: given up without one. `reason`: a short stable word, `detail`
    explains it. `event_received_at`: when the notification that led to it reached us. `event_id` and
    `event_type` of a forwarded notification: its receipt, NOTIFICATION. `environment` "": not known."""

    event_id: EventId
    event_type: str
    destination: str
    destination_type: str
    app_id: AppId
    store: StoreName
    environment: str
    attempt: int
    started_at: datetime
    event_received_at: datetime
    result: AttemptResult
    reason: str = ""
    detail: str = ""
    status: int | None = None
    next_at: datetime | None = None
    timing: Timing = Timing()
    request_bytes: int = 0
    response_bytes: int = 0
    response_snippet: str = ""
    replay: bool = False


def attempt_out(attempt: Attempt) -> Out:
    """Without a key: what tells attempts apart is in them, and hashing a key costs more than it."""
    return Out(topic=ATTEMPTS, key=None, value=encode(attempt))


def snippet(body: bytes, secrets: Iterable[Secret], url: str = "") -> str:
    """The beginning of an answer as text, without what must not be shown."""
    if not body:
        return ""
    text = body[:_MASKED].decode("utf-8", "replace")
    for word in words_to_mask(url, tuple(secrets)):
        text = text.replace(word, MASK)
    return harmless(text[:SNIPPET])
