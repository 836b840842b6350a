"""A lane: concurrency, order of a customer, bounds, how it ends; the destination is a fake."""

import asyncio
from datetime import timedelta

from sinks.delivery.lanes import LANE_FULL, WAITED
from streams.observe import clock
from tests.sinks.delivery.deliveries import delivery, numbers, plan
from tests.sinks.delivery.lane_bench import Benches, many, settle


async def test_no_more_attempts_run_at_once_than_the_plan_allows(benches: Benches) -> None:
    bench = benches(concurrency=3)
    bench.submit(*many(10))
    await settle()

    assert (bench.lane.under_way, bench.lane.waiting) == (3, 7)

    bench.end_all()
    await bench.until(lambda: len(bench.endings) == 10)
    assert numbers(bench.started) == [str(number) for number in range(10)]


async def test_an_idle_lane_starts_at_once(benches: Benches) -> None:
    bench = benches()
    bench.submit(delivery())
    await asyncio.sleep(0)

    assert len(bench.started) == 1


async def test_events_of_one_customer_go_one_after_the_other(benches: Benches) -> None:
    bench = benches(concurrency=10)
    same = many(3, customer="u-1")
    other = delivery("other", customer="u-2")
    bench.submit(*same, other)
    await settle()

    assert numbers(bench.started) == ["0", "other"]

    bench.end(same[0])
    await bench.until(lambda: len(bench.started) == 3)
    assert numbers(bench.started) == ["0", "other", "1"]


async def test_a_full_lane_puts_off_without_an_attempt(benches: Benches) -> None:
    bench = benches(concurrency=2, queue=5)
    bench.submit(*many(20))
    await settle()

    assert bench.reasons() == [LANE_FULL] * 13
    assert (bench.lane.under_way, bench.lane.waiting) == (2, 5)
    assert all(ending.outs[0].topic.startswith("delay.") for _, ending in bench.endings)


async def test_what_waits_too_long_is_put_off_so_that_no_commit_waits_for_it(
    benches: Benches,
) -> None:
    bench = benches(concurrency=1)
    bench.submit(delivery("under way", customer="a"))
    patience = bench.lane.plan.patience.total_seconds()
    bench.submit(
        delivery(
            "waits", customer="b", first_at=clock.now(), read_at=clock.monotonic() - patience + 0.3
        )
    )

    await bench.until(lambda: bool(bench.endings))

    assert bench.reasons() == [WAITED]
    assert numbers([one for one, _ in bench.endings]) == ["waits"]


def test_hold_covers_patience_and_an_attempt_for_any_timeout() -> None:
    for seconds in (1, 15, 60):
        one = plan(timeout=timedelta(seconds=seconds))

        assert one.patience + one.timeout == one.hold
        assert one.patience >= timedelta(seconds=5)
    assert plan().hold == timedelta(seconds=20)


async def test_after_a_rebalance_what_waits_is_forgotten_and_what_is_under_way_ends(
    benches: Benches,
) -> None:
    bench = benches(concurrency=1)
    bench.submit(*many(3))
    await settle()

    bench.lane.forget()
    bench.end_all()
    await bench.until(lambda: bool(bench.endings))
    await settle()

    assert numbers([one for one, _ in bench.endings]) == ["0"]


async def test_stopping_lets_what_is_under_way_end_and_starts_nothing(benches: Benches) -> None:
    bench = benches(concurrency=1)
    bench.submit(*many(3))
    await settle()
    stopping = asyncio.create_task(bench.lane.stop(timedelta(seconds=5)))
    await settle()
    bench.end_all()
    await stopping
    bench.submit(delivery("too late"))

    assert numbers([one for one, _ in bench.endings]) == ["0"]


async def test_stopping_cuts_off_what_does_not_end(benches: Benches) -> None:
    bench = benches(concurrency=1)
    bench.submit(delivery())
    await settle()

    await bench.lane.stop(timedelta(seconds=0.05))

    assert bench.lane.under_way == 0
    assert bench.endings == []


async def test_a_failure_of_the_lane_itself_is_told_and_never_swallowed(benches: Benches) -> None:
    bench = benches()
    bench.verdict, bench.held = RuntimeError("a bug of ours"), False
    bench.submit(delivery())
    await bench.until(lambda: bool(bench.crashes))

    assert [str(error) for error in bench.crashes] == ["a bug of ours"]
    assert bench.endings == []


async def test_a_lane_has_room_for_what_its_queue_still_takes(benches: Benches) -> None:
    bench = benches(concurrency=1, queue=5)
    assert bench.lane.has_room(5)
    assert bench.lane.has_room(100), "as many as ever can"

    bench.submit(*many(4))
    await settle()

    assert bench.lane.has_room(2)
    assert not bench.lane.has_room(3)


async def test_a_lane_that_hangs_does_not_drain_soon(benches: Benches) -> None:
    bench = benches(concurrency=1, queue=5)
    bench.submit(*many(6))
    assert bench.lane.drains_soon()

    await asyncio.sleep(0.6)

    assert not bench.lane.drains_soon()
