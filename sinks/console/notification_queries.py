"""All that ClickHouse holds of one notification: its rows, its outcomes, what it led to and when.

Five questions: three at once by its receipt, then two by the events that it led to. None needs a
row twice: the newest telling counts.
"""

from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sinks.charts.answer import Answer
from sinks.console.told import COLUMNS, Told
from streams.contracts import topics
from streams.contracts.codec import convert
from streams.contracts.words import Origin

T = TypeVar("T")
_MOST = 200

# A replay's row and a dead letter's have the same bytes: those of the first row are enough.
ROWS = """
SELECT topic, app_id, store, received_at, receipt_id, source, origin, environments, token_hint, reason,
  detail, arrayMap(h -> [toString(h.1), h.2], request_headers) AS request_headers, written_at,
  if(topic = 'notifications.raw' AND origin != 'replay' OR topic != 'notifications.raw', base64Encode(body), '') AS body
FROM notifications
WHERE receipt_id = {receipt:String}
ORDER BY topic = 'notifications.raw' DESC, origin = 'replay', written_at
LIMIT 1 BY topic, source
LIMIT 20
"""
OUTCOMES = f"""
SELECT kind, app_id, store, received_at, notification_id, notification_type, purchase_key, customer_id, origin,
  environment, tracked, connection_check, reason, detail, occurred_at, events, unknown, written_at
FROM outcomes
WHERE receipt_id = {{receipt:String}}
ORDER BY received_at, written_at
LIMIT 1 BY kind, source, source_offset, source_place
LIMIT {_MOST}
"""  # noqa: S608 - a number of ours
EVENTS = f"""
SELECT {COLUMNS} FROM (
  SELECT * FROM events WHERE receipt_id = {{receipt:String}} ORDER BY version DESC LIMIT 1 BY event_id
)
ORDER BY app_id, sequence, occurred_at
LIMIT {_MOST}
"""  # noqa: S608 - ours
TIMES = """
SELECT toString(event_id) AS event_id, min(matched_at) AS matched_at, min(visible_at) AS visible_at
FROM event_times
WHERE event_times.event_id IN {events:Array(UUID)}
  AND received_at >= {first:DateTime64(3, 'UTC')} AND received_at <= {last:DateTime64(3, 'UTC')}
GROUP BY event_times.event_id
"""
ATTEMPTS = f"""
SELECT destination, event_id, started_at, attempt, result, status, reason, next_at, total_ms, dns_ms,
  connect_ms, tls_ms, first_byte_ms, reused, replay
FROM attempts
WHERE event_id IN {{events:Array(String)}} AND started_at >= {{since:DateTime64(3, 'UTC')}}
ORDER BY started_at, attempt, written_at DESC
LIMIT 1 BY destination, event_id, started_at, attempt, result
LIMIT {_MOST}
"""  # noqa: S608 - a number of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRow:
    """A row of `notifications`. `body`: base64; `source`: topic:partition:offset."""

    topic: str
    app_id: str
    store: str
    received_at: datetime
    receipt_id: str
    source: str
    origin: str
    environments: tuple[str, ...]
    token_hint: str
    reason: str
    detail: str
    request_headers: tuple[tuple[str, str], ...]
    written_at: datetime
    body: str

    @property
    def bytes(self) -> bytes:
        return b64decode(self.body)

    @property
    def is_dead(self) -> bool:
        return self.topic != topics.RAW

    @property
    def is_replay(self) -> bool:
        return self.origin == Origin.REPLAY


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeOf:
    """A row of `outcomes`. `received_at`: of the notification, or when it was applied after waiting."""

    kind: str
    app_id: str
    store: str
    received_at: datetime
    notification_id: str
    notification_type: str
    purchase_key: str
    customer_id: str
    origin: str
    environment: str
    tracked: bool
    connection_check: bool
    reason: str
    detail: str
    occurred_at: datetime | None
    events: int
    unknown: bool
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Of one event that was measured."""

    event_id: str
    matched_at: datetime
    visible_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptOf:
    """A row of `attempts`; times in ms, None: there was no such step."""

    destination: str
    event_id: str
    started_at: datetime
    attempt: int
    result: str
    status: int | None
    reason: str
    next_at: datetime | None
    total_ms: float
    dns_ms: float | None
    connect_ms: float | None
    tls_ms: float | None
    first_byte_ms: float | None
    reused: bool
    replay: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Everything of one receipt. `rows`: what came in first, then replays, then dead letters."""

    rows: tuple[KeptRow, ...]
    outcomes: tuple[OutcomeOf, ...] = ()
    events: tuple[Told, ...] = ()
    times: tuple[Times, ...] = ()
    attempts: tuple[AttemptOf, ...] = field(default=())

    @property
    def first(self) -> KeptRow:
        return self.rows[0]

    @property
    def dead(self) -> KeptRow | None:
        """The newest dead letter."""
        return max((r for r in self.rows if r.is_dead), key=lambda r: r.written_at, default=None)


def rows_as(answer: Answer, kind: type[T]) -> tuple[T, ...]:
    """Raise MalformedError when the table is not what `kind` says: a defect of ours."""
    return tuple(convert(record, kind) for record in answer.records())


def span_of(events: Iterable[Told]) -> tuple[datetime, datetime]:
    """From the first receipt to the last: by it the table of times is sorted."""
    received = [event.received_at for event in events]
    return min(received), max(received)
