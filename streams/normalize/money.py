"""Prices in USD, by the published rate of the purchase's own day.

Invariant: a price and its full refund at the same rate are equal and opposite to the micro
(`half_up` rounds away from zero on both sides), and what no rate is known for is None, never 0.
"""

from bisect import bisect_right, insort
from datetime import date, timedelta

from streams.contracts.money import MICROS, Money, Rate, in_usd

USD = "USD"
OLDEST_RATE = timedelta(days=7)
"""Weekends, holidays and a missed import; an older rate says too little about the day."""


class RateTable:
    """Every published rate, as followed from topic `rates`. Rates are only ever added."""

    def __init__(self) -> None:
        self._days: dict[str, list[str]] = {}
        self._rates: dict[tuple[str, str], Rate] = {}

    def add(self, rate: Rate) -> None:
        """Learn a rate; one of the same currency and day takes the place of what was there."""
        if (rate.currency, rate.day) not in self._rates:
            insort(self._days.setdefault(rate.currency, []), rate.day)
        self._rates[rate.currency, rate.day] = rate

    def find(self, currency: str, day: date) -> Rate | None:
        """The newest rate not after `day` and at most 7 days older; USD is worth itself."""
        if currency == USD:
            return Rate(currency=USD, day=day.isoformat(), usd_micros=MICROS)
        days = self._days.get(currency, [])
        place = bisect_right(days, day.isoformat())
        if place == 0 or days[place - 1] < (day - OLDEST_RATE).isoformat():
            return None
        return self._rates[currency, days[place - 1]]


def usd_micros(price: Money, rate: Rate | None) -> int | None:
    """Micros of USD; None when no rate of its currency is given. Nothing is nothing at any rate."""
    if price.micros == 0:
        return 0
    if rate is None or rate.currency != price.currency:
        return None
    return in_usd(price, rate)
