"""What charts take, and what they say of what they do not."""

from datetime import date

import pytest

from sinks.charts.parameters import ParameterError, read_parameters

TODAY = date(2026, 11, 23)


def test_parameters_have_defaults() -> None:
    read = read_parameters(["window_days", "refunds_on", "duration"], {}, TODAY)
    assert read == {"window_days": 30, "refunds_on": "original", "duration": "P1M"}


def test_values_are_read_as_the_views_take_them() -> None:
    asked = {"window_days": "0", "refunds_on": "refund", "duration": "P12M"}
    read = read_parameters(asked, asked, TODAY)
    assert read == {"window_days": 0, "refunds_on": "refund", "duration": "P12M"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("window_days", "-1"),
        ("window_days", "many"),
        ("window_days", "3661"),
        ("window_days", "٣"),
        ("refunds_on", ""),
        ("refunds_on", "payment"),
        ("duration", ""),
        ("duration", "P1M2D"),
        ("duration", "P0M"),
        ("duration", "1M"),
    ],
)
def test_what_is_not_taken_is_refused_by_the_parameters_name(name: str, value: str) -> None:
    with pytest.raises(ParameterError, match=f"^{name}"):
        read_parameters([name], {name: value}, TODAY)
