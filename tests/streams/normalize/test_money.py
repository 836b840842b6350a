"""Rates by day and prices in USD."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.contracts.money import MICROS, Money, Rate
from streams.normalize.money import OLDEST_RATE, RateTable, usd_micros

DAY = date(2026, 3, 10)


def euro(day: str, usd: int = 1_080_000) -> Rate:
    return Rate(currency="EUR", day=day, usd_micros=usd)


def table(*rates: Rate) -> RateTable:
    made = RateTable()
    for rate in rates:
        made.add(rate)
    return made


def test_the_rate_of_the_day_itself_is_used() -> None:
    rates = table(euro("2026-03-09"), euro("2026-03-10"), euro("2026-03-11"))
    assert rates.find("EUR", DAY) == euro("2026-03-10")


@pytest.mark.parametrize(
    ("published", "found"),
    [("2026-03-11", False), ("2026-03-09", True), ("2026-03-03", True), ("2026-03-02", False)],
)
def test_a_rate_is_used_when_it_is_not_after_the_day_and_at_most_seven_days_older(
    published: str, found: bool
) -> None:
    assert (table(euro(published)).find("EUR", DAY) is not None) is found


def test_no_rate_is_found_for_a_currency_that_nobody_published() -> None:
    assert table(euro("2026-03-10")).find("XAU", DAY) is None


def test_usd_is_worth_itself_on_any_day() -> None:
    assert table().find("USD", DAY) == Rate(currency="USD", day="2026-03-10", usd_micros=MICROS)


def test_a_rate_published_again_takes_the_place_of_the_first() -> None:
    rates = table(euro("2026-03-10", 1), euro("2026-03-10", 2))
    assert rates.find("EUR", DAY) == euro("2026-03-10", 2)


@given(
    published=st.lists(st.integers(-20, 20), max_size=12),
    asked=st.integers(-20, 20),
)
def test_the_table_finds_what_a_plain_search_finds(published: list[int], asked: int) -> None:
    rates = table(*(euro((DAY + timedelta(days=n)).isoformat()) for n in published))
    near = [n for n in published if 0 <= asked - n <= OLDEST_RATE.days]
    expected = euro((DAY + timedelta(days=max(near))).isoformat()) if near else None
    assert rates.find("EUR", DAY + timedelta(days=asked)) == expected


def test_a_price_is_its_micros_times_the_rate() -> None:
    price = Money(micros=7_990_000, currency="EUR")
    assert usd_micros(price, euro("2026-03-10", 1_087_654)) == 8_690_355


def test_a_price_without_a_rate_is_unknown_and_not_zero() -> None:
    assert usd_micros(Money(micros=7_990_000, currency="EUR"), None) is None


def test_a_rate_of_another_currency_is_no_rate() -> None:
    assert usd_micros(Money(micros=7_990_000, currency="GBP"), euro("2026-03-10")) is None


def test_nothing_is_nothing_without_any_rate() -> None:
    assert usd_micros(Money(micros=0, currency="EUR"), None) == 0


@given(st.integers(0, 10**15), st.integers(1, 10**9))
def test_a_price_and_its_full_refund_are_opposite_to_the_micro(micros: int, rate: int) -> None:
    paid = usd_micros(Money(micros=micros, currency="EUR"), euro("2026-03-10", rate))
    back = usd_micros(Money(micros=-micros, currency="EUR"), euro("2026-03-10", rate))
    assert paid is not None
    assert back == -paid
