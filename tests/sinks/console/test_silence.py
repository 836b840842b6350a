"""When silence is told: measured by the store's own week, never within an hour, and not of the quiet nights."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.console.silence import FEW, LEAST, WEEK, Usual, alarm, patience

NOW = datetime(2026, 11, 27, 23, 55, tzinfo=UTC)
HOUR = timedelta(hours=1)


def usual(gap: timedelta, gaps: int = 100) -> Usual:
    return Usual(gaps=gaps, gap=gap)


@pytest.mark.parametrize(
    ("gap", "silent", "told"),
    [
        (timedelta(minutes=2), timedelta(minutes=59), False),
        (timedelta(minutes=2), timedelta(minutes=61), True),
        (8 * HOUR, 11 * HOUR, False),
        (8 * HOUR, 13 * HOUR, True),
    ],
)
def test_half_as_long_again_as_usual_is_told_and_an_hour_never(
    gap: timedelta, silent: timedelta, told: bool
) -> None:
    assert bool(alarm(NOW - silent, NOW, usual(gap))) is told


def test_it_says_how_long_it_is_silent_and_how_long_it_usually_is() -> None:
    text = alarm(NOW - 5 * HOUR, NOW, usual(timedelta(minutes=20)))
    assert (
        text
        == "Silent for 5 hours: in its last week it was seldom silent for more than 20 minutes."
    )


def test_of_few_messages_nothing_is_known_until_a_week_has_passed() -> None:
    few = usual(timedelta(minutes=1), FEW - 1)
    assert alarm(NOW - 6 * 24 * HOUR, NOW, few) == ""
    assert "check the connection" in alarm(NOW - 8 * 24 * HOUR, NOW, few)
    assert "check the connection" in alarm(NOW - 8 * 24 * HOUR, NOW, None)


def test_a_store_that_never_spoke_is_not_silent_but_unconnected() -> None:
    assert alarm(None, NOW, None) == ""


@given(st.timedeltas(min_value=timedelta(0), max_value=WEEK), st.integers(0, 10_000))
def test_patience_is_never_shorter_than_an_hour_nor_than_what_is_usual(
    gap: timedelta, gaps: int
) -> None:
    found = patience(usual(gap, gaps))
    assert found >= LEAST
    assert found >= (gap if gaps >= FEW else WEEK)
