"""A lane on the bench: its destination is a fake whose attempts end when the test says so."""

import asyncio
from collections.abc import Callable
from typing import Any

from sinks.delivery.delivery import Delivery
from sinks.delivery.ending import Ending, Tried
from sinks.delivery.lanes import Hooks, Lane
from sinks.delivery.plan import Plan
from sinks.delivery.standing import Decided, Decision, Standing
from sinks.destinations.base import DELIVERED, Verdict
from streams.observe import clock
from tests.sinks.delivery.deliveries import NOW, delivery, plan, tried


class Bench:
    """A lane whose attempts end when the test says so, and what came of each delivery."""

    def __init__(self, **fields: Any) -> None:  # noqa: ANN401 - any field of Plan
        self.started: list[Delivery] = []
        self.shadows: list[bool] = []
        self.endings: list[tuple[Delivery, Ending]] = []
        self.gone: list[str] = []
        self.turns = 0
        self.crashes: list[BaseException] = []
        self.standing = Standing()
        self.verdict: Verdict | Exception = DELIVERED
        self._gates: dict[str, asyncio.Event] = {}
        self.held = True
        hooks = Hooks(
            attempt=self._attempt,
            ended=lambda one, ending: self.endings.append((one, ending)),
            gone=self._gone,
            turned=self._turned,
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

    def _turned(self) -> None:
        self.turns += 1

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


Benches = Callable[..., Bench]


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def many(count: int, **fields: Any) -> list[Delivery]:  # noqa: ANN401 - any field of Delivery
    return [
        delivery(number, first_at=clock.now(), **({"customer": f"u-{number}"} | fields))
        for number in range(count)
    ]
