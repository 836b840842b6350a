"""How many attempts start in a second."""

import asyncio
import time
from itertools import pairwise

from sinks.delivery.rate import Rate
from tests.sinks.delivery.lane_bench import Benches, many


def starts(rate: Rate, seconds: float, *, at: float = 100.0) -> list[float]:
    """When attempts start that wait no longer than they must."""
    now, found = at, []
    while now < at + seconds:
        wait = rate.wait(now)
        if wait:
            now += wait
            continue
        rate.started()
        found.append(now - at)
    return found


def test_at_first_a_seconds_worth_starts_at_once_and_then_the_rate_holds() -> None:
    found = starts(Rate(10), 3.0)

    assert found[:10] == [0.0] * 10
    assert 39 <= len(found) <= 40
    assert all(0.09 < later - sooner < 0.11 for sooner, later in pairwise(found[9:]))


def test_what_was_not_used_is_kept_for_one_second_and_no_longer() -> None:
    rate = Rate(5)
    starts(rate, 1.0, at=0.0)

    assert starts(rate, 0.01, at=1000.0) == [0.0] * 5


async def test_a_lane_starts_no_more_than_its_rate_and_the_rest_in_time(benches: Benches) -> None:
    bench = benches(concurrency=100, rate=20)
    bench.held = False
    began = time.monotonic()
    bench.submit(*many(30))
    await asyncio.sleep(0.02)
    at_once = len(bench.started)
    await bench.until(lambda: len(bench.endings) == 30)

    assert 20 <= at_once <= 22
    assert 0.4 < time.monotonic() - began < 2
    assert bench.lane.waiting == 0
