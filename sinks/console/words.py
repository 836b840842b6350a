"""How values are written on pages: the templates' filters. Pure.

Times come as datetimes, or as ClickHouse's answers have them: RFC 3339 in UTC.
"""

from datetime import UTC, datetime, timedelta

from streams.contracts.money import MICROS

_SIZES = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
NOTHING = "\N{EN DASH}"
Moment = datetime | str | None


def moment_of(at: Moment) -> datetime | None:
    if not at:
        return None
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def utc(at: Moment) -> str:
    """2026-11-27 23:55:12 UTC."""
    moment = moment_of(at)
    return NOTHING if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def utc_ms(at: Moment) -> str:
    """The same with milliseconds."""
    moment = moment_of(at)
    if moment is None:
        return NOTHING
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03} UTC"


def iso(at: Moment) -> str:
    """For the attribute `datetime` of <time>."""
    moment = moment_of(at)
    return "" if moment is None else moment.isoformat().replace("+00:00", "Z")


def ago(at: Moment, now: datetime) -> str:
    """How long before `now`, in one unit; of what is to come: in how long."""
    moment = moment_of(at)
    if moment is None:
        return "never"
    seconds = round((now - moment) / timedelta(seconds=1))
    if abs(seconds) < 1:
        return "just now"
    text = span(abs(seconds))
    return f"{text} ago" if seconds > 0 else f"in {text}"


def span(seconds: float) -> str:
    """A length of time in its largest unit."""
    for size, unit in _SIZES:
        if seconds >= size:
            return _counted(int(seconds // size), unit)
    return _counted(int(seconds), "second")


def _counted(count: int, unit: str) -> str:
    return f"{count:,} {unit}" if count == 1 else f"{count:,} {unit}s"


def number(value: float | None) -> str:
    """1,234 or 1,234.50."""
    if value is None:
        return NOTHING
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def micros(value: int | None, currency: str = "") -> str:
    """Money: 1,234.50 USD."""
    if value is None:
        return NOTHING
    return f"{value / MICROS:,.2f} {currency}".rstrip()


FILTERS = {
    "utc": utc,
    "utc_ms": utc_ms,
    "iso": iso,
    "span": span,
    "number": number,
    "micros": micros,
}
