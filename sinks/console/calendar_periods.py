"""The calendar periods of a range, as the views have them: weeks begin on Sunday. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DECEMBER = 12


def periods(first: date, last: date, resolution: str) -> tuple[date, ...]:
    """The first day of each one that a day from `first` to `last` is in."""
    return tuple(_from(_begin(first, resolution), last, resolution))


def label(day: date, resolution: str) -> str:
    """How a period is called whose first day it is."""
    match resolution:
        case "month":
            return f"{day:%Y-%m}"
        case "quarter":
            return f"{day.year} Q{(day.month + 2) // 3}"
        case "year":
            return str(day.year)
        case _:
            return day.isoformat()


def _from(at: date, last: date, resolution: str) -> Iterator[date]:
    while at <= last:
        yield at
        at = _next(at, resolution)


def _begin(day: date, resolution: str) -> date:
    if resolution == "week":
        return day - timedelta(days=day.isoweekday() % 7)
    months = _MONTHS.get(resolution)
    if months is None:
        return day
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def _next(day: date, resolution: str) -> date:
    months = _MONTHS.get(resolution)
    if months is None:
        return day + timedelta(days=7 if resolution == "week" else 1)
    years, month = divmod(day.month - 1 + months, _DECEMBER)
    return day.replace(year=day.year + years, month=month + 1)
