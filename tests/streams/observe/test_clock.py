"""The clock is aware, in UTC, and its other hand only goes forward."""

from datetime import UTC, timedelta

from streams.observe import clock


def test_now_is_aware_utc() -> None:
    now = clock.now()
    assert now.tzinfo is UTC
    assert timedelta(0) <= clock.now() - now < timedelta(seconds=5)


def test_monotonic_never_goes_back() -> None:
    readings = [clock.monotonic() for _ in range(1000)]
    assert readings == sorted(readings)
