"""A worker of the fault tests, in a process of its own: `python -m tests.faults.worker SPEC`.

`build` other than "ours" breaks one law of the driver on purpose, to show that a test can fail.
"""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

from faust.types import TP

from streams.contracts.codec import decode
from streams.driver import application
from streams.driver.agent import Agent, Options
from streams.driver.consumer import Consumer
from streams.driver.cycle import Cycle, Work
from streams.driver.restore import Restore
from streams.driver.worker import run_agent
from streams.observe import logs
from streams.settings.kafka import KafkaSettings
from tests.faults.machine import Machine

_SEAT_WITHIN = 1.5  # seconds: nobody here leaves a seat slowly


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """`pause`: seconds between the outputs and the states of a cycle, so that a kill falls there.

    `eager`: in every rebalance a fetch is out and brings records while states are still restored.
    """

    bootstrap: str
    data_dir: str
    agent: str
    inbox: str
    told: str
    replayed: str
    partitions: int
    slot: str
    session_timeout: float = 6.0
    pause: float = 0.0
    eager: bool = False
    build: str = "ours"
    health_port: int = 0


class Paused(Cycle):
    """Ours, with a pause in the middle."""

    pause = 0.0

    async def _settle(self, work: Work) -> None:
        await self._delivery.deliver(work.outs)
        await asyncio.sleep(self.pause)
        await self._states.keep(work.states)


class StatesFirst(Paused):
    """The broken law: a state is kept before its outputs are delivered."""

    async def _settle(self, work: Work) -> None:
        await self._states.keep(work.states)
        await asyncio.sleep(self.pause)
        await self._delivery.deliver(work.outs)


class Eager(Consumer):
    """Ours, but it always has a fetch out when partitions move."""

    fetch_wait = 10.0

    async def _fetch(self) -> None:
        await super()._fetch()
        if not self.flow_active:
            await super()._fetch()


class Slow(Restore):
    """Ours, with as much to restore as it takes for records to be fetched meanwhile."""

    async def _take_up(self, assigned: frozenset[TP]) -> None:
        await asyncio.sleep(0.5)
        await super()._take_up(assigned)


class Dropping(Eager):
    """The broken law: what was fetched while partitions move is dropped, not put back."""

    def _put_back(self, *_args: object) -> None:
        return


def build(spec: Spec) -> None:
    """Put the asked classes in the place of ours."""
    if spec.eager:
        application.Transport.Consumer = Eager
        application.Tables.restores = Slow
    if spec.pause:
        Paused.pause = spec.pause
        application.Application.cycles = Paused
    if spec.build == "states_first":
        application.Application.cycles = StatesFirst
    if spec.build == "no_put_back":
        application.Transport.Consumer = Dropping


def main(spec: Spec) -> None:
    logs.configure(spec.agent)
    build(spec)
    machine = Machine(told=spec.told, replayed=spec.replayed)
    agent = Agent(name=spec.agent, reads=(spec.inbox,), step=machine.step, table="counts")
    options = Options(
        kafka=KafkaSettings(bootstrap=spec.bootstrap),
        data_dir=Path(spec.data_dir),
        partitions=spec.partitions,
        slot=spec.slot,
        session_timeout=spec.session_timeout,
        seat_within=_SEAT_WITHIN,
    )
    run_agent(agent, options, health_port=spec.health_port)


if __name__ == "__main__":
    main(decode(sys.argv[1].encode(), Spec))
