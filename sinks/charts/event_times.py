"""When an event was at each stage, as rows of table `event_times`: what chart_lag is made of. Pure."""

from collections.abc import Iterable
from datetime import datetime

from sinks.charts.columns import Row, from_milliseconds, milliseconds
from streams.contracts.step import Record
from streams.contracts.words import Origin

EVENT_TIMES = "event_times"
_MEASURED = {Origin.NOTIFICATION.value, Origin.REFRESH.value}
_SAME = (
    "environment",
    "received_at",
    "event_id",
    "app_id",
    "store",
    "origin",
    "product_id",
    "product_duration",
    "country_code",
    "offer_type",
    "occurred_at",
)
_LAST = 2**63  # more than any time in milliseconds


def times_of(event: Row, record: Record) -> tuple[Row, ...]:
    """The times of an event's row but for when it is visible; none where its lag says nothing:
    what is imported or applied later was not late."""
    if event["origin"] not in _MEASURED:
        return ()
    same = {name: event[name] for name in _SAME}
    return ({**same, "matched_at": from_milliseconds(record.timestamp_ms)},)


def visible(times: Iterable[Row], at: datetime) -> list[Row]:
    """Complete rows: visible to charts at `at`."""
    return [{**row, "visible_at": at, "version": _LAST - milliseconds(at)} for row in times]
