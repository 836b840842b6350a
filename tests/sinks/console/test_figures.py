"""Figures of charts as people read them."""

import pytest

from sinks.console.drawing import Unit
from sinks.console.figures import cell, figure, short, span


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, Unit.USD, "\N{EN DASH}"),
        (1_234.5, Unit.USD, "1,234.50 USD"),
        (0.0512, Unit.SHARE, "5.1 %"),
        (-0.25, Unit.SHARE, "-25.0 %"),
        (1_234, Unit.COUNT, "1,234"),
        (2.25, Unit.DAYS, "2.2 days"),
        (950.0, Unit.MS, "950 ms"),
    ],
)
def test_each_has_its_unit(value: float | None, unit: Unit, text: str) -> None:
    assert figure(value, unit) == text


def test_on_an_axis_they_are_short_and_a_minus_stands_before_the_sign_of_money() -> None:
    values = (0.0, 12.5, 1_600.0, -1_600.0, -0.5)
    assert [short(value, Unit.USD) for value in values] == [
        "$0",
        "$12.50",
        "$1,600",
        "-$1,600",
        "-$0.50",
    ]
    assert short(0.05, Unit.SHARE) == "5 %"


def test_a_time_is_in_the_unit_that_shows_what_it_is() -> None:
    told = [span(ms) for ms in (0.4, 999.0, 1_500.0, 90_000.0, 5_400_000.0)]
    assert told == ["0 ms", "999 ms", "1.5 s", "1.5 min", "1.5 h"]


def test_a_cell_knows_its_unit_by_its_column() -> None:
    assert cell("mrr_usd", 9.99) == "9.99"
    assert cell("churn_rate", 0.05) == "5.0 %"
    assert cell("occurred_to_visible_ms_p50", 1_500.0) == "1.5 s"
    assert cell("payments", 1_234) == "1,234"
    assert cell("reason", "UNSUBSCRIBE") == "UNSUBSCRIBE"
    assert cell("churn_rate", None) == "\N{EN DASH}"
