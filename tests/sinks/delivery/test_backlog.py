"""What waits hours for a slow but living receiver: hours of it simulated, with the real lanes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import mean
from typing import Any

import pytest

from sinks.delivery.delivery import Delivery
from sinks.delivery.ending import Tried
from sinks.delivery.outbox import Outbox
from sinks.delivery.plan import Plan
from sinks.delivery.standing import Standing
from sinks.delivery.worker import Worker
from sinks.destinations.filters import Filter
from streams.contracts.event import Event
from streams.observe import clock
from tests.sinks.delivery.deliveries import plan, tried
from tests.sinks.delivery.simulated import Kafka, Loop
from tests.sinks.events import event

_SLOW, _QUICK = 10.0, 0.01  # seconds an attempt takes
_IN_TEN_MINUTES = 60  # attempts of one place, at ten seconds each
_EVERY = 5.0  # seconds between two events for the other destination


@dataclass(kw_only=True)
class Simulation:
    """`count` events at once to a receiver that takes one in ten seconds, until it is mended, and one
    every five seconds to a quick one."""

    loop: Loop
    count: int
    mended_at: float = float("inf")
    told: list[Event] = field(default_factory=list)
    others: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kafka = Kafka(self.loop)

    async def run(self) -> float:
        """Seconds until the slow one has everything."""
        worker = Worker(
            [_taking("slow"), _taking("quick")],
            reading=self.kafka,
            outbox=Outbox(self.kafka),
            attempt=self._attempt,
            standing=Standing(),
            process="deliver-0",
        )
        stop = asyncio.Event()
        running = [asyncio.create_task(self.kafka.delay()), asyncio.create_task(worker.run(stop))]
        self.told = [self._event("slow", number) for number in range(self.count)]
        self.kafka.publish(*self.told)
        while not all(one.id in self.kafka.delivered_at for one in self.told):
            await self._go_on()
        stop.set()
        await running.pop()
        running.pop().cancel()
        return self.loop.time()

    async def _attempt(self, plan: Plan, delivery: Delivery, *, shadow: bool = False) -> Tried:
        is_slow = plan.name == "slow" and self.loop.time() < self.mended_at
        await asyncio.sleep(_SLOW if is_slow else _QUICK)
        return tried()

    async def _go_on(self) -> None:
        other = self._event("quick", len(self.others))
        self.others[other.id] = self.loop.time()
        self.kafka.publish(other)
        await asyncio.sleep(_EVERY)

    def _event(self, app: str, number: int) -> Event:
        at = self.loop.now()
        times: dict[str, Any] = {"received_at": at, "occurred_at": at}
        return event(f"{app}/{number}", app_id=app, customer_id=f"u-{number}", **times)


def _taking(name: str) -> Plan:
    return plan(name, concurrency=1, filter=Filter(apps=frozenset({name})))


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Simulation, float]]:
    """How it went, and the seconds that it took."""

    def simulate(**fields: float) -> tuple[Simulation, float]:
        with asyncio.Runner(loop_factory=Loop) as runner:
            loop = runner.get_loop()
            assert isinstance(loop, Loop)
            monkeypatch.setattr(clock, "now", loop.now)
            monkeypatch.setattr(clock, "monotonic", loop.time)
            one = Simulation(loop=loop, **fields)  # type: ignore[arg-type] # count is one of them
            return one, runner.run(one.run())

    return simulate


Simulated = Callable[..., tuple[Simulation, float]]


@pytest.mark.parametrize(("times", "on_average", "at_most"), [(10, 4.5, 12), (25, 6.0, 14)])
def test_what_a_slow_lane_cannot_take_for_long_comes_back_a_few_times_and_is_delivered_once(
    simulated: Simulated, times: int, on_average: float, at_most: int
) -> None:
    one, seconds = simulated(count=times * _IN_TEN_MINUTES)
    put_off = [one.kafka.put_off[told.id] for told in one.told]

    assert mean(put_off) < on_average, "every ten minutes would be half of `times`"
    assert max(put_off) <= at_most
    assert all(len(one.kafka.delivered_at[told.id]) == 1 for told in one.told)
    assert not one.kafka.dead
    assert seconds < times * 600 * 1.4, "the lane is hardly ever idle"


def test_who_else_is_delivered_to_feels_nothing_of_it(simulated: Simulated) -> None:
    one, _ = simulated(count=10 * _IN_TEN_MINUTES)
    sent = {told: at for told, at in one.others.items() if told in one.kafka.delivered_at}
    waited = [one.kafka.delivered_at[told][0] - at for told, at in sent.items()]

    assert len(sent) >= len(one.others) - 1
    assert max(waited[1:]) < 0.5
    assert not any(one.kafka.put_off[told] for told in one.others)
    arrived = [one.kafka.delivered_at[told][0] for told in sent]
    assert arrived == sorted(arrived)


def test_a_receiver_that_is_mended_has_all_of_it_after_as_long_again(simulated: Simulated) -> None:
    one, seconds = simulated(count=10 * _IN_TEN_MINUTES, mended_at=1500.0)

    assert seconds < 2 * 1500 + 600
    assert not one.kafka.dead
