"""What a destination's standing does to its lane: breaker, overload, gone, paused, shadow."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from sinks.delivery.attempts import AttemptResult
from sinks.delivery.breaker import BreakerPolicy, BreakerState
from sinks.delivery.lanes import BREAKER_OPEN
from sinks.delivery.plan import State
from sinks.delivery.standing import Decided, Decision
from sinks.destinations.base import DELIVERED
from streams.observe import clock
from tests.sinks.delivery.deliveries import FAILED, GONE, NOW, delivery, numbers
from tests.sinks.delivery.lane_bench import Benches, many, settle


async def test_the_breaker_opens_and_what_waits_is_put_off_at_once(benches: Benches) -> None:
    policy = BreakerPolicy(failures=3, cooldown=timedelta(seconds=60))
    bench = benches(concurrency=3, breaker=policy)
    bench.verdict = FAILED
    bench.submit(*many(10))
    await settle()
    bench.end_all()
    await bench.until(lambda: len(bench.endings) == 10)

    assert len(bench.started) == 3
    assert bench.reasons() == ["http_500"] * 3 + [BREAKER_OPEN] * 7
    assert bench.lane.breaker is BreakerState.OPEN

    bench.submit(*many(2))
    assert bench.reasons()[-2:] == [BREAKER_OPEN] * 2


async def test_half_open_lets_one_probe_through_and_closes_after_two(benches: Benches) -> None:
    policy = BreakerPolicy(failures=1, successes=2, cooldown=timedelta(seconds=0.1))
    bench = benches(concurrency=5, breaker=policy)
    bench.verdict, bench.held = FAILED, False
    bench.submit(delivery("fails", customer="x"))
    await bench.until(lambda: len(bench.endings) == 1)
    await asyncio.sleep(0.12)

    bench.verdict, bench.held = DELIVERED, True
    probes = many(4)
    bench.submit(*probes)
    await settle()
    assert numbers(bench.started) == ["fails", "0"]
    assert bench.reasons()[1:] == [BREAKER_OPEN] * 3

    bench.end(probes[0])
    await bench.until(lambda: len(bench.endings) == 5)
    bench.end_all()
    bench.submit(delivery("second probe", customer="y", first_at=clock.now()))
    await bench.until(lambda: len(bench.endings) == 6)
    assert bench.lane.breaker is BreakerState.CLOSED


async def test_an_overloaded_receiver_gets_fewer_attempts_at_one_time(benches: Benches) -> None:
    bench = benches(concurrency=4)
    bench.verdict = replace(FAILED, slow=True)
    bench.submit(*many(12))
    await settle()
    bench.end(bench.started[0])
    await bench.until(lambda: len(bench.endings) == 1)
    bench.end(bench.started[1])
    await bench.until(lambda: len(bench.endings) == 2)
    await settle()

    assert bench.lane.under_way == 2, "none has started in the place of those two"


async def test_a_destination_that_is_gone_is_told_once_and_its_queue_given_up(
    benches: Benches,
) -> None:
    bench = benches(concurrency=1)
    bench.verdict = GONE
    bench.submit(*many(3))
    await settle()
    bench.end_all()
    await bench.until(lambda: len(bench.endings) == 3)

    assert bench.gone == ["http_410"]
    assert bench.reasons() == ["http_410", "disabled", "disabled"]
    assert {ending.result for _, ending in bench.endings} == {AttemptResult.DEAD}


async def test_a_paused_destination_gets_nothing_and_its_events_are_kept(benches: Benches) -> None:
    bench = benches(state=State.PAUSED)
    bench.submit(delivery())

    assert bench.started == []
    assert bench.reasons() == ["paused"]


async def test_a_decision_wins_over_the_file(benches: Benches) -> None:
    bench = benches(state=State.PAUSED)
    decision = Decision(state=Decided.ACTIVE, reason="", decided_at=NOW)
    bench.standing.decide("mine", decision)
    bench.submit(delivery())
    await settle()

    assert len(bench.started) == 1


async def test_in_shadow_the_attempt_is_told_not_to_send(benches: Benches) -> None:
    bench = benches(state=State.SHADOW)
    bench.submit(delivery())
    await settle()

    assert bench.shadows == [True]


async def test_a_lane_reports_its_breaker_and_what_it_put_off(benches: Benches) -> None:
    policy = BreakerPolicy(failures=2, cooldown=timedelta(seconds=60))
    bench = benches(concurrency=2, breaker=policy)
    quiet = bench.lane.report()
    bench.verdict = FAILED
    bench.submit(*many(6))
    await settle()
    busy = bench.lane.report()
    bench.end_all()
    await bench.until(lambda: len(bench.endings) == 6)
    opened = bench.lane.report()

    assert quiet.is_quiet
    assert (busy.waiting, busy.under_way, busy.probe_at) == (4, 2, None)
    assert (opened.waiting, opened.put_off, opened.put_off_reason) == (0, 4, BREAKER_OPEN)
    assert opened.reason == "http_500"
    assert opened.opened_at is not None
    assert opened.probe_at == opened.opened_at + timedelta(seconds=60)
    assert bench.turns == 1
