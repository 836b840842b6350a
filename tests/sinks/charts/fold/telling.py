"""Events as the fold is given them, and the factors that migrations begin with."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sinks.charts.event_row import event_row
from sinks.charts.fold.months import Factors
from sinks.charts.fold.told import Telling, Told
from streams.contracts.codec import encode
from streams.contracts.event import Event
from tests.sinks.charts.oracle_lengths import BY_DAYS, BY_DURATION

FACTORS = Factors(
    durations={name: by.as_integer_ratio() for name, by in BY_DURATION.items()},
    lengths=[(*days, by.as_integer_ratio()) for days, by in BY_DAYS.items()],
)


def telling(event: Event, written: int = 0) -> Telling:
    """What table `told_events` holds of it."""
    row: dict[str, Any] = event_row(encode(event))
    told = Told(
        customer_seen=_at(row["customer_first_seen_at"]),
        at=_at(row["occurred_at"]),
        purchased=_at(row["purchased_at"]),
        expires=_at(row["expires_at"]),
        grace=_at(row["grace_expires_at"]),
        event_id=str(row["event_id"]),
        tax_bp=row["tax_bp"] or 0,
        commission_bp=row["commission_bp"] or 0,
        **{
            name: row[name]
            for name in Told.__struct_fields__
            if name in row and name not in _OTHERWISE
        },
    )
    key = (row["app_id"], row["environment"], row["sub_key"], row["version"])
    return Telling(*key, written, row["customer_id"], told)


def tellings(events: Iterable[Event]) -> list[Telling]:
    return [telling(event) for event in events]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OTHERWISE = {"event_id", "tax_bp", "commission_bp"}


def _at(value: datetime | None) -> int:
    """Whole ones, as a column holds them."""
    return 0 if value is None else (value - _EPOCH) // timedelta(milliseconds=1)
