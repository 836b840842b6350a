"""A lane: concurrency, bounds, order of a customer, breaker, pause; the destination is a fake."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sinks.delivery.attempts import AttemptResult
from sinks.delivery.breaker import BreakerPolicy, BreakerState
from sinks.delivery.delivery import Delivery
from sinks.delivery.ending import Ending, Tried
from sinks.delivery.lanes import BREAKER_OPEN, LANE_FULL, WAITED, Hooks, Lane
from sinks.delivery.plan import Plan, State
from sinks.delivery.standing import Decided, Decision, Standing
from sinks.destinations.base import DELIVERED, Verdict
from streams.observe import clock
from tests.sinks.delivery.deliveries import FAILED, GONE, NOW, delivery, numbers, plan, tried


class Bench:
    """A lane whose attempts end when the test says so, and what came of each delivery."""

    def __init__(self, **fields: Any) -> None:  # noqa: ANN401 - any field of Plan
        self.started: list[Delivery] = []
        self.shadows: list[bool] = []
        self.endings: list[tuple[Delivery, Ending]] = []
        self.gone: list[str] = []
        self.crashes: list[BaseException] = []
        self.standing = Standing()
        self.verdict: Verdict | Exception = DELIVERED
        self._gates: dict[str, asyncio.Event] = {}
        self.held = True
        hooks = Hooks(
            attempt=self._attempt,
            ended=lambda one, ending: self.endings.append((one, ending)),
            gone=self._gone,
            crashed=self.crashes.append,
        )
        self.lane = Lane(plan(**fields), hooks, self.standing)

    async def _attempt(self, plan: Plan, delivery: Delivery, *, shadow: bool = False) -> Tried:
        self.started.append(delivery)
        self.shadows.append(shadow)
        if self.held:
            gate = self._gates.setdefault(delivery.event.id, asyncio.Event())
            await gate.wait()
        if isinstance(self.verdict, Exception):
            raise self.verdict
        return tried(self.verdict)

    def _gone(self, gone: Plan, reason: str) -> None:
        self.gone.append(reason)
        decision = Decision(state=Decided.DISABLED, reason=reason, decided_at=NOW)
        self.standing.decide(gone.name, decision)

    def end(self, one: Delivery) -> None:
        self._gates[one.event.id].set()

    def end_all(self) -> None:
        self.held = False
        for gate in self._gates.values():
            gate.set()

    def submit(self, *deliveries: Delivery) -> None:
        for one in deliveries:
            self.lane.submit(one)

    def reasons(self) -> list[str]:
        return [ending.reason for _, ending in self.endings]

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not holds():  # noqa: ASYNC110 - what a lane does, seen from outside
                await asyncio.sleep(0.005)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
async def benches() -> AsyncIterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(**fields: Any) -> Bench:  # noqa: ANN401 - any field of Plan
        made.append(Bench(**fields))
        return made[-1]

    yield make
    for bench in made:
        bench.end_all()
        await bench.lane.stop(timedelta(seconds=5))


Benches = Callable[..., Bench]


def many(count: int, **fields: Any) -> list[Delivery]:  # noqa: ANN401 - any field of Delivery
    return [
        delivery(number, first_at=clock.now(), **({"customer": f"u-{number}"} | fields))
        for number in range(count)
    ]


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
