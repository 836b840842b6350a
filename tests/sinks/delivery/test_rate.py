"""How many attempts start in a second, where the receiver allows only so many."""

import asyncio
import time
from datetime import timedelta

import pytest

from sinks.delivery.rate import Rate
from tests.sinks.delivery.lane_bench import Benches, many


def starts(rate: Rate, seconds: float, step: float) -> int:
    """How many start when somebody looks every `step`."""
    count = 0
    for number in range(round(seconds / step)):
        now = 100.0 + number * step
        while not rate.wait(now):
            rate.started(now)
            count += 1
            assert count <= 100_000, "without a limit"
    return count


@pytest.mark.parametrize("step", [0.001, 0.013, 0.02])
@pytest.mark.parametrize("per_second", [1, 10, 100])
def test_so_many_start_in_a_second_however_coarse_the_timers_are(
    per_second: int, step: float
) -> None:
    assert starts(Rate(per_second), 10, step) == pytest.approx(10 * per_second, rel=0.02, abs=2)


def test_an_idle_time_is_not_saved_up_for_a_burst() -> None:
    rate = Rate(10)
    rate.started(0.0)

    assert starts(rate, 0.01, 0.01) == 1


def test_without_a_limit_nothing_waits() -> None:
    rate = Rate(0)
    for _ in range(1_000):
        rate.started(5.0)

    assert rate.wait(5.0) == 0


async def test_a_lane_keeps_to_its_rate_whatever_room_it_has(benches: Benches) -> None:
    bench = benches(concurrency=10, rate=20)
    bench.held = False
    begun = time.monotonic()
    bench.submit(*many(11))
    await bench.until(lambda: len(bench.endings) == 11)

    assert time.monotonic() - begun >= 10 / 20 - 0.06
    assert not any(bench.reasons())


async def test_a_lane_without_a_limit_starts_all_that_it_has_room_for(benches: Benches) -> None:
    bench = benches(concurrency=10)
    bench.submit(*many(10))
    await bench.until(lambda: len(bench.started) == 10)

    assert bench.lane.waiting == 0


async def test_a_lane_that_stops_takes_no_further_turn(benches: Benches) -> None:
    bench = benches(rate=20)
    bench.held = False
    bench.submit(*many(5))
    await bench.until(lambda: len(bench.endings) == 1)
    await bench.lane.stop(timedelta(seconds=1))
    await asyncio.sleep(0.15)

    assert len(bench.started) == 1
