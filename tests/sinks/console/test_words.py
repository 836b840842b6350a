"""How values are written: times in one unit and exactly, money and counts in columns."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from sinks.console.words import ago, iso, micros, number, utc, utc_ms

AT = datetime(2026, 11, 27, 23, 55, 12, 345_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (0.2, "just now"),
        (1, "1 second ago"),
        (59, "59 seconds ago"),
        (61, "1 minute ago"),
        (3 * 60 + 59, "3 minutes ago"),
        (3600, "1 hour ago"),
        (86_400 * 40, "40 days ago"),
        (-90, "in 1 minute"),
    ],
)
def test_how_long_ago_is_told_in_one_unit(before: float, text: str) -> None:
    assert ago(AT - timedelta(seconds=before), AT) == text


def test_a_time_is_exact_in_utc_wherever_it_comes_from() -> None:
    there = AT.astimezone(timezone(timedelta(hours=9)))
    for at in (AT, there, AT.replace(tzinfo=None), "2026-11-27T23:55:12.345Z"):
        assert utc(at) == "2026-11-27 23:55:12 UTC"
        assert utc_ms(at) == "2026-11-27 23:55:12.345 UTC"
        assert iso(at) == "2026-11-27T23:55:12.345000Z"


def test_what_is_not_there_is_never_a_number() -> None:
    assert ago(None, AT) == "never"
    assert [utc(None), utc_ms(""), number(None), micros(None)] == ["\N{EN DASH}"] * 4


def test_money_and_counts_are_grouped() -> None:
    assert micros(1_234_567_890_000, "USD") == "1,234,567.89 USD"
    assert (number(1_234_567), number(0.5)) == ("1,234,567", "0.50")
