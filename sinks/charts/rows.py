"""A batch of records as rows by table, and which subscriptions they touch. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sinks.charts.columns import Row
from sinks.charts.event_row import event_row
from sinks.charts.event_times import times_of
from sinks.charts.notification_row import dead_row, raw_row, unreadable_row
from sinks.charts.outcome_row import attempt_row, outcome_row
from sinks.delivery.attempts import Attempt
from streams.contracts import topics
from streams.contracts.codec import decode
from streams.contracts.errors import MalformedError
from streams.contracts.outcome import Outcome
from streams.contracts.step import Record

EVENTS = "events"
NOTIFICATIONS = "notifications"
OUTCOMES = "outcomes"
ATTEMPTS = "attempts"

READERS: Mapping[str, tuple[str, Callable[[Record], Row]]] = {
    topics.EVENTS: (EVENTS, lambda record: event_row(record.value)),
    topics.RAW: (NOTIFICATIONS, raw_row),
    topics.DEAD: (NOTIFICATIONS, dead_row),
    topics.OUTCOMES: (OUTCOMES, lambda record: outcome_row(decode(record.value, Outcome), record)),
    topics.ATTEMPTS: (ATTEMPTS, lambda record: attempt_row(decode(record.value, Attempt))),
}
"""Topic to its table and how a record of it becomes a row."""


@dataclass(frozen=True, slots=True, order=True)
class SubscriptionKey:
    """By what `events` and `subscriptions` are sorted."""

    app_id: str
    environment: str
    sub_key: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """`unreadable`: how many records became rows of `notifications` because nothing could read them.
    `times`: of events, rows of `event_times` that miss when they are visible."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    times: tuple[Row, ...] = ()
    touched: frozenset[SubscriptionKey] = frozenset()
    unreadable: int = 0


def read_batch(records: Iterable[Record]) -> Batch:
    """Every record becomes exactly one row."""
    rows: dict[str, list[Row]] = {table: [] for table, _ in READERS.values()}
    times: list[Row] = []
    unreadable = 0
    for record in records:
        table, reader = READERS[record.topic]
        try:
            rows[table].append(reader(record))
            times += times_of(rows[EVENTS][-1], record) if table == EVENTS else ()
        except MalformedError as error:
            unreadable += 1
            rows[NOTIFICATIONS].append(unreadable_row(record, error))
    touched = _touched(rows[EVENTS])
    return Batch(rows=rows, times=tuple(times), touched=touched, unreadable=unreadable)


def _touched(events: list[Row]) -> frozenset[SubscriptionKey]:
    return frozenset(
        SubscriptionKey(
            app_id=str(row["app_id"]),
            environment=str(row["environment"]),
            sub_key=int(str(row["sub_key"])),
        )
        for row in events
    )
