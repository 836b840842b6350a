"""What makes a price a month's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sinks.charts.fold.payments import INTRO, ONE_TIME, Payment

_DAY = 86_400_000
Factor = tuple[int, int]
"""Numerator and denominator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """`durations`: by the product's. `lengths`: by the days of a period, as (first, last, factor),
    of which the first that fits counts; any other number of days: 28 / days."""

    durations: Mapping[str, Factor] = field(default_factory=dict)
    lengths: Sequence[tuple[int, int, Factor]] = ()

    def of(self, payment: Payment) -> Factor:
        known = self.durations.get(payment.told.product_duration)
        if known is not None and payment.kind != INTRO:
            return known
        days = max((payment.expires - payment.start + _DAY // 2) // _DAY, 0)
        ranges = (factor for first, last, factor in self.lengths if first <= days <= last)
        return next(ranges, (28, max(days, 1)))


def mrr(payment: Payment, factors: Factors) -> int:
    """Micros of USD a month; halves away from zero."""
    if not payment.paid or payment.kind == ONE_TIME:
        return 0
    numerator, denominator = factors.of(payment)
    return (2 * payment.usd * numerator + denominator) // (2 * denominator)
