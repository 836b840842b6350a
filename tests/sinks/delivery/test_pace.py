"""How fast a lane drains, and when what found it full comes back."""

from datetime import timedelta

import pytest

from sinks.delivery.pace import Pace

NEW = timedelta(0)


def draining(rate: float, count: int) -> tuple[Pace, float]:
    """A lane that has just ended `count` attempts at `rate` a second."""
    pace = Pace(window=200, slowest=0.5)
    pace.busy(100.0, waits=True)
    now = 100.0
    for _ in range(count):
        now += 1 / rate
        pace.ended(now, waits=True)
    return pace, now


def test_the_rate_is_what_was_measured() -> None:
    pace, now = draining(400.0, 1000)

    assert 380 < pace.rate(now) < 420


def test_a_fast_lane_is_worth_waiting_for_and_a_slow_one_is_not() -> None:
    fast, fast_now = draining(400.0, 400)
    slow, slow_now = draining(20.0, 40)

    assert fast.drains_within(1.0, 200, fast_now)
    assert not slow.drains_within(1.0, 200, slow_now)


def test_a_lane_that_has_just_become_busy_is_given_half_a_second() -> None:
    pace = Pace(window=200, slowest=0.5)
    pace.busy(100.0, waits=True)

    assert pace.drains_within(1.0, 200, 100.4)
    assert not pace.drains_within(1.0, 200, 100.6)


def test_a_lane_that_ends_nothing_falls_to_the_slowest_rate() -> None:
    pace = Pace(window=200, slowest=0.5)
    pace.busy(100.0, waits=True)

    assert pace.rate(160.0) == 0.5


def test_a_lane_that_was_fast_before_it_was_idle_is_not_waited_for_when_it_is_no_more() -> None:
    pace, now = draining(400.0, 400)
    pace.ended(now, waits=False)
    pace.idle()
    pace.busy(now + 60, waits=True)

    assert not pace.drains_within(1.0, 200, now + 61)


def test_what_is_put_off_comes_back_at_the_pace_of_the_lane() -> None:
    pace, now = draining(100.0, 300)

    returns = [pace.wait_to_return(now, before, NEW) for before in range(1000)]

    assert returns[0] == 5.0
    assert returns == sorted(returns)
    assert 14 < returns[-1] < 16  # 5 s, then 1,000 at 100 a second


def test_a_lane_that_has_little_to_do_is_not_taken_for_a_slow_one() -> None:
    pace, now = draining(10.0, 300)
    for _ in range(300):  # one in ten seconds, which never waits
        pace.ended(now, waits=False)
        now += 10

    assert 9 < pace.rate(now) < 11


@pytest.mark.parametrize(
    ("age", "longest"),
    [(timedelta(0), 600), (timedelta(minutes=35), 1800), (timedelta(days=2), 7200)],
)
def test_nothing_is_put_off_for_much_longer_than_it_has_waited_before(
    age: timedelta, longest: float
) -> None:
    pace = Pace(window=200, slowest=0.5)
    pace.busy(100.0, waits=True)

    waits = [pace.wait_to_return(160.0, before, age) for before in range(50_000)]

    assert longest <= max(waits) <= longest + 300
    assert waits == sorted(waits)


def test_what_is_beyond_the_line_does_not_come_back_in_one_moment() -> None:
    pace = Pace(window=200, slowest=0.5)
    pace.busy(100.0, waits=True)

    beyond = [pace.wait_to_return(160.0, before, NEW) for before in range(5000)][300:]

    assert set(beyond) == {600.0, 660.0, 720.0, 780.0, 840.0}
