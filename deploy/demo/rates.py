"""Exchange rates for the demo, INVENTED: smooth, with a little noise, none on Saturdays and Sundays.

A day's rate depends on the day alone, so a later start of the demo invents the same ones.
"""

from datetime import date, timedelta
from math import sin
from random import Random

_USD_MICROS = {"EUR": 1_160_000, "GBP": 1_330_000, "JPY": 6_600}
_SWING, _WAVE_DAYS, _NOISE = 0.03, 11, 0.004
_MICROS = 1_000_000
_MAX_AGE = timedelta(days=7)
_FRIDAY = 4

Rates = dict[tuple[str, date], int]
"""Micros of USD for one unit of a currency, by currency and day."""


def invented(first_day: date, last_day: date) -> Rates:
    """From a week before `first_day`, for what is bought on its first days."""
    start = first_day - _MAX_AGE
    days = [start + timedelta(days=n) for n in range((last_day - start).days + 1)]
    return {
        (currency, day): _rate(currency, day)
        for currency in _USD_MICROS
        for day in days
        if day.weekday() <= _FRIDAY
    }


def as_csv(rates: Rates) -> str:
    """As `python -m streams rates import` reads it."""
    lines = (
        f"{currency},{day.isoformat()},{micros // _MICROS}.{micros % _MICROS:06}\n"
        for (currency, day), micros in rates.items()
    )
    return "currency,day,usd\n" + "".join(lines)


def in_usd(rates: Rates, micros: int, currency: str, day: date) -> int:
    """Micros of USD by the newest rate not after `day` and at most 7 days older, halves away from 0."""
    if currency == "USD":
        return micros
    ages = (timedelta(days=n) for n in range(_MAX_AGE.days + 1))
    rate = next(rates[currency, day - age] for age in ages if (currency, day - age) in rates)
    return rounded(micros * rate, _MICROS)


def rounded(numerator: int, denominator: int) -> int:
    """`numerator / denominator`, for what is not negative, half up."""
    return (2 * numerator + denominator) // (2 * denominator)


def _rate(currency: str, day: date) -> int:
    noise = Random(f"{currency}/{day.isoformat()}").uniform(-_NOISE, _NOISE)
    return round(_USD_MICROS[currency] * (1 + _SWING * sin(day.toordinal() / _WAVE_DAYS) + noise))
