"""How long products last, and what makes their price a month's; from the definitions."""

from datetime import timedelta
from fractions import Fraction

from streams.contracts.event import Event
from streams.contracts.words import PeriodType

BY_DURATION = {
    "P1D": Fraction(30),
    "P3D": Fraction(10),
    "P7D": Fraction(4),
    "P1W": Fraction(4),
    "P2W": Fraction(2),
    "P4W": Fraction(1),
    "P1M": Fraction(1),
    "P2M": Fraction(1, 2),
    "P3M": Fraction(1, 3),
    "P6M": Fraction(1, 6),
    "P1Y": Fraction(1, 12),
    "P12M": Fraction(1, 12),
}
BY_DAYS = {
    (0, 1): Fraction(30),
    (3, 3): Fraction(10),
    (6, 8): Fraction(4),
    (12, 16): Fraction(2),
    (27, 33): Fraction(1),
    (58, 62): Fraction(1, 2),
    (88, 95): Fraction(1, 3),
    (179, 185): Fraction(1, 6),
    (363, 375): Fraction(1, 12),
}
DAYS = {"D": Fraction(1), "W": Fraction(7), "M": Fraction(1461, 48), "Y": Fraction(1461, 4)}


def month_factor(payment: Event, length: timedelta) -> Fraction:
    """By the product's duration; by the days for an intro offer and where that is not known."""
    factor = BY_DURATION.get(payment.product_duration or "")
    if factor is not None and payment.period_type is not PeriodType.INTRO:
        return factor
    days = max(0, (length + timedelta(hours=12)) // timedelta(days=1))
    ranges = [known for (least, most), known in BY_DAYS.items() if least <= days <= most]
    return ranges[0] if ranges else Fraction(28, max(days, 1))


def product_length(duration: str | None) -> timedelta | None:
    """A month is a twelfth of 365.25 days; None: not told."""
    if not duration:
        return None
    number, unit = int(duration[1:-1]), duration[-1]
    return timedelta(seconds=float(number * DAYS[unit] * 86_400))


def lengths_between(earlier: Event, later: Event, length: timedelta) -> int:
    """How many lengths lie between two payments, to the nearest, halves up."""
    passed = (later.purchased_at or later.occurred_at) - (
        earlier.purchased_at or earlier.occurred_at
    )
    return int(
        Fraction(passed / timedelta(milliseconds=1)) / Fraction(length / timedelta(milliseconds=1))
        + Fraction(1, 2)
    )
