"""Calendar periods, and how a chart is asked of the oracle."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from streams.contracts.event import Event
from tests.sinks.charts.oracle import Period, Subscription

Row = dict[str, object]
Rows = dict[tuple[object, ...], Row]
"""(first day, segment, ...) to column and value."""

SEGMENTS: dict[str, Callable[[Event], str]] = {
    "": lambda _: "",
    "store": lambda payment: payment.store,
    "app": lambda payment: payment.app_id,
    "country": lambda payment: payment.country_code or "unknown",
    "product": lambda payment: payment.product_id or "unknown",
    "duration": lambda payment: payment.product_duration or "unknown",
    "offer_type": lambda payment: payment.offer_type or "none",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A chart's question. `periods`: (first day, last day) of each calendar period."""

    now: datetime
    periods: Sequence[tuple[date, date]]
    segment: str = ""
    window_days: int = 30
    refunds_on: str = "original"
    duration: str = "P1M"
    owners: dict[str, str]  # alias to customer

    @property
    def begun(self) -> list[tuple[date, date]]:
        return [period for period in self.periods if period[0] <= self.now.date()]

    def segment_of(self, subscription: Subscription, about: Event | None) -> str:
        if about is not None:
            return SEGMENTS[self.segment](about)
        if self.segment in {"", "store", "app"}:
            return SEGMENTS[self.segment](subscription.periods[0].payment)
        return "none" if self.segment == "offer_type" else "unknown"

    def of(self, subscription: Subscription, period: Period) -> str:
        return self.segment_of(subscription, period.payment)

    def within(self, moment: datetime) -> date | None:
        """The calendar period of what has happened by now; None: out of the range, or to come."""
        if moment > self.now:
            return None
        days = [first for first, last in self.begun if first <= moment.date() <= last]
        return days[0] if days else None

    def unfinished(self, first: date, days: int = 0) -> bool:
        """Whether the calendar period and so many days after it have not passed."""
        last = dict(self.periods)[first]
        return last + timedelta(days=days) >= self.now.date()


def calendar(first: date, last: date, unit: str) -> Iterator[tuple[date, date]]:
    """From the calendar period of `first` to that of `last`."""
    day = _start(first, unit)
    while day <= last:
        following = day
        while _start(following, unit) == day:
            following += timedelta(days=1)
        yield day, following - timedelta(days=1)
        day = following


def _start(day: date, unit: str) -> date:
    match unit:
        case "week":
            return day - timedelta(days=(day.weekday() + 1) % 7)
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)
        case _:
            return day
