"""How fast a lane drains, and when what found it full comes back."""

from sinks.delivery.pace import Pace


def draining(rate: float, count: int) -> tuple[Pace, float]:
    """A lane that has just ended `count` attempts at `rate` a second."""
    pace = Pace(window=200, slowest=0.5)
    pace.busy(100.0)
    now = 100.0
    for _ in range(count):
        now += 1 / rate
        pace.ended(now)
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
    pace.busy(100.0)

    assert pace.drains_within(1.0, 200, 100.4)
    assert not pace.drains_within(1.0, 200, 100.6)


def test_a_lane_that_ends_nothing_falls_to_the_slowest_rate() -> None:
    pace = Pace(window=200, slowest=0.5)
    pace.busy(100.0)

    assert pace.rate(160.0) == 0.5


def test_what_a_lane_did_before_it_was_idle_does_not_count() -> None:
    pace, now = draining(400.0, 400)
    pace.idle()
    pace.busy(now + 60)

    assert not pace.drains_within(1.0, 200, now + 61)


def test_what_is_put_off_comes_back_at_the_pace_of_the_lane() -> None:
    pace, now = draining(100.0, 300)

    returns = [pace.wait_to_return(now) for _ in range(1000)]

    assert returns[0] == 5.0
    assert returns == sorted(returns)
    assert 14 < returns[-1] < 16  # 5 s, then 1,000 at 100 a second


def test_nothing_is_put_off_for_more_than_ten_minutes() -> None:
    pace = Pace(window=200, slowest=0.5)
    pace.busy(100.0)

    assert max(pace.wait_to_return(160.0) for _ in range(5000)) == 600.0
