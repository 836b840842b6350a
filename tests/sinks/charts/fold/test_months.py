"""What makes a price a month's."""

from datetime import timedelta
from typing import Any

import pytest

from sinks.charts.fold.months import Factors, mrr
from sinks.charts.fold.payments import Payment, payments
from streams.contracts.words import PeriodType
from tests.sinks.charts.fold.telling import FACTORS, telling
from tests.sinks.charts.story import Story, moment


def paid(days: float, usd: str, duration: str | None = None, **more: Any) -> Payment:  # noqa: ANN401 - of an Event
    story = Story(duration=duration)
    start = moment("2026-01-01")
    event = story.pays(start, start + timedelta(days=days), usd, **more)
    (payment,) = payments([telling(event).told])
    return payment


@pytest.mark.parametrize(
    ("duration", "usd", "micros"),
    [("P1M", "9.99", 9_990_000), ("P1Y", "60", 5_000_000), ("P1W", "2", 8_000_000), ("P3M", "1", 333_333)],
)  # fmt: skip
def test_by_the_duration_of_the_product(duration: str, usd: str, micros: int) -> None:
    assert mrr(paid(99, usd, duration), FACTORS) == micros


@pytest.mark.parametrize(
    ("days", "micros"),
    [(0.2, 30_000_000), (1.5, 14_000_000), (7, 4_000_000), (31, 1_000_000), (365, 83_333), (56, 500_000)],
)  # fmt: skip
def test_by_the_days_where_the_duration_is_not_known(days: float, micros: int) -> None:
    assert mrr(paid(days, "1"), FACTORS) == micros


def test_an_intro_offer_counts_by_its_own_days() -> None:
    assert mrr(paid(7, "1", "P1Y", period_type=PeriodType.INTRO), FACTORS) == 4_000_000


def test_halves_are_rounded_away_from_zero() -> None:
    payment = paid(30, "1", "P2M", price_usd_micros=3)
    assert mrr(payment, Factors(durations={"P2M": (1, 2)})) == 2


def test_what_is_free_or_bought_once_is_worth_nothing_a_month() -> None:
    story = Story()
    events = [story.tries("2026-01-01", "2026-01-08"), story.buys("2026-01-02", "5.00")]
    found = payments([telling(event).told for event in events])
    assert [mrr(payment, FACTORS) for payment in found] == [0, 0]
