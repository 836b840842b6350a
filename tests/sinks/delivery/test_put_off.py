"""What waits without an attempt is counted until it is due."""

from datetime import UTC, datetime, timedelta

from sinks.delivery.put_off import PutOff

NOW = datetime(2026, 9, 21, 14, 14, tzinfo=UTC)


def test_what_is_due_counts_no_more() -> None:
    put_off = PutOff()
    for seconds in (5, 5, 30, 120):
        put_off.add(NOW + timedelta(seconds=seconds), "breaker_open")

    counts = [put_off.count(NOW + timedelta(seconds=s)) for s in (0, 4.9, 5, 29, 30, 119, 120)]
    assert counts == [4, 4, 2, 2, 1, 1, 0]
    assert put_off.reason == "breaker_open"


def test_what_was_counted_as_due_leaves_nothing_behind() -> None:
    put_off = PutOff()
    for second in range(1_000):
        put_off.add(NOW + timedelta(seconds=second % 600), "lane_full")
    assert put_off.count(NOW + timedelta(hours=1)) == 0
    assert not put_off._due
