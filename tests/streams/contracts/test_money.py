"""Money is exact: integers, halves away from zero."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.contracts.money import Money, Rate, half_up, in_usd


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (-4, 3, -1), (0, 7, 0), (7, -2, -4)],
)
def test_halves_go_away_from_zero(numerator: int, denominator: int, rounded: int) -> None:
    assert half_up(numerator, denominator) == rounded


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**9))
def test_a_refund_of_the_whole_price_is_its_exact_negative(micros: int, rate: int) -> None:
    day = Rate(currency="EUR", day="2026-11-23", usd_micros=rate)
    paid = in_usd(Money(micros=micros, currency="EUR"), day)

    assert in_usd(Money(micros=-micros, currency="EUR"), day) == -paid
