"""What chart_lag must show: percentiles of how long each stage took, by store and origin."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from streams.contracts.event import Event
from tests.sinks.charts.oracle_calendar import SEGMENTS, Asked, Row, Rows

SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One event on its way. `delivered_at`: accepted by the first destination; None: by none."""

    event: Event
    matched_at: datetime
    delivered_at: datetime | None
    visible_at: datetime


STAGES: dict[str, Callable[[Journey], int | None]] = {
    "occurred_to_received": lambda one: _ms(one.event.occurred_at, one.event.received_at),
    "received_to_matched": lambda one: _ms(one.event.received_at, one.matched_at),
    "received_to_delivered": lambda one: (
        _ms(one.event.received_at, one.delivered_at) if one.delivered_at else None
    ),
    "received_to_visible": lambda one: _ms(one.event.received_at, one.visible_at),
    "occurred_to_visible": lambda one: _ms(one.event.occurred_at, one.visible_at),
}


def lag(journeys: Sequence[Journey], asked: Asked) -> Rows:
    """By (first day, segment, store, origin)."""
    found: dict[tuple[object, ...], list[Journey]] = defaultdict(list)
    for one in journeys:
        day = asked.within(one.event.received_at)
        if day is not None:
            segment = SEGMENTS[asked.segment](one.event)
            found[day, segment, one.event.store, one.event.origin.value].append(one)
    return {key: _row(some) for key, some in found.items()}


def _row(journeys: Sequence[Journey]) -> Row:
    row: Row = {
        "events": len(journeys),
        "delivered": sum(one.delivered_at is not None for one in journeys),
    }
    for stage, took in STAGES.items():
        told = sorted(ms for one in journeys if (ms := took(one)) is not None)
        for name, share in SHARES.items():
            place = min(int(share * len(told)), len(told) - 1)
            row[f"{stage}_ms_{name}"] = told[place] if told else None
    return row


def _ms(earlier: datetime, later: datetime) -> int:
    return round((later - earlier).total_seconds() * 1000)
