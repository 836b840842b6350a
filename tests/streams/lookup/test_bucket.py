"""A token bucket: a burst, then the rate, and turns that don't come at once."""

import pytest

from streams.lookup.bucket import TokenBucket, throttled


def test_a_burst_goes_at_once_and_the_next_one_waits_its_turn() -> None:
    bucket = TokenBucket(rate=2, burst=3)

    assert [bucket.take(100.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert bucket.take(100.0) == pytest.approx(0.5)
    assert bucket.take(100.0) == pytest.approx(1.0)


def test_it_fills_with_time_and_no_fuller_than_a_burst() -> None:
    bucket = TokenBucket(rate=2, burst=2)
    for _ in range(2):
        bucket.take(100.0)

    assert bucket.take(100.5) == 0.0
    assert bucket.take(100.5) > 0
    assert [bucket.take(1000.0) for _ in range(3)][:2] == [0.0, 0.0]
    assert bucket.take(1000.0) > 0


def test_who_comes_back_at_its_turn_is_let_in_over_time() -> None:
    bucket = TokenBucket(rate=10, burst=1)
    now, waiting, served = 50.0, [50.0] * 40, []
    while waiting:
        now = min(waiting)
        waiting.remove(now)
        wait = bucket.take(now)
        if wait:
            waiting.append(now + wait)
        else:
            served.append(now)

    assert len(served) == 40
    assert served[-1] - served[0] == pytest.approx(3.9, abs=1.0)


def test_a_wait_says_when_to_come_back() -> None:
    error = throttled("play_store orders", 2.5)

    assert error.retry_after is not None
    assert error.retry_after.total_seconds() == 2.5
