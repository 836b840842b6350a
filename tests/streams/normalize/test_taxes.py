"""The tax that a price includes, by country and day."""

from datetime import date

import pytest

from streams.normalize.taxes import rate_bp, share_of_price


@pytest.mark.parametrize(
    ("country", "day", "rate"),
    [
        ("DE", date(2026, 1, 1), 1900),
        ("EE", date(2023, 12, 31), 2000),
        ("EE", date(2024, 1, 1), 2200),
        ("EE", date(2025, 7, 1), 2400),
        ("FI", date(2024, 8, 31), 2400),
        ("FI", date(2024, 9, 1), 2550),
        ("CH", date(2023, 12, 31), 770),
        ("CH", date(2024, 1, 1), 810),
        ("SK", date(2025, 1, 1), 2300),
        ("US", date(2026, 1, 1), 0),
        ("AQ", date(2026, 1, 1), None),
        (None, date(2026, 1, 1), None),
    ],
)
def test_a_rate_holds_from_its_first_day(country: str | None, day: date, rate: int | None) -> None:
    assert rate_bp(country, day) == rate


@pytest.mark.parametrize(
    ("share", "rate", "of_price"), [(2000, 2000, 1667), (3000, 2000, 2500), (3000, 0, 3000)]
)
def test_a_share_of_the_net_price_is_less_of_the_price_with_tax(
    share: int, rate: int, of_price: int
) -> None:
    assert share_of_price(share, rate) == of_price
