"""One cycle: the step on each record, then deliver, keep the states, be done. The order is the law.

If the process dies before the states are in the changelog, the records are read again, meet the
states that they met before and give the same outputs. If it dies after, their outputs are known to
be delivered and the states tell that they were applied.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from streams.contracts.errors import ConfigError, UnencodableError
from streams.contracts.step import Keep, Out, Record, Step
from streams.contracts.topics import DEAD, HEADER_REASON
from streams.driver.agent import Agent
from streams.driver.bugs import Bugs
from streams.driver.delivery import check_size
from streams.driver.states import Key, States
from streams.observe import clock, metrics

LARGEST_STATE = 512 * 1024
_log = structlog.get_logger(__name__)


class Delivers(Protocol):
    """How outputs leave."""

    async def deliver(self, outs: Iterable[Out]) -> None:
        """Return when the broker has all."""


@dataclass(slots=True, kw_only=True)
class Work:
    """What the steps of a cycle led to. `records`: those that were begun."""

    records: Sequence[Record]
    outs: list[Out] = field(default_factory=list)
    states: dict[Key, bytes | None] = field(default_factory=dict)


class Cycle:
    """Runs an agent's step over the records of a cycle.

    `steps_for`: seconds; then what is there is delivered, so that no record waits for long.
    """

    steps_for = 0.1

    def __init__(self, agent: Agent, states: States, delivery: Delivers) -> None:
        self._agent = agent
        self._states = states
        self._delivery = delivery
        self._bugs = Bugs()

    async def run(self, records: Sequence[Record]) -> Sequence[Record]:
        """Give the records that were settled: all, or the first of them when the steps are slow."""
        work = self._advance_all(records)
        await self._settle(work)
        return work.records

    async def _settle(self, work: Work) -> None:
        await self._delivery.deliver(work.outs)
        if work.states:
            await self._states.keep(work.states)

    def _advance_all(self, records: Sequence[Record]) -> Work:
        work = Work(records=records)
        deadline = clock.monotonic() + self.steps_for
        for begun, record in enumerate(records, 1):
            self._advance(record, work)
            if clock.monotonic() > deadline:
                work.records = records[:begun]
                break
        return work

    def _advance(self, record: Record, work: Work) -> None:
        state = self._state(record, work)  # a disk that can't be read is no fault of the record
        try:
            key = self._key(record)
            result = self._agent.step(record, state)
            self._check(result, key)
        except (ConfigError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - a step's exception is deterministic: see bugs
            self._bury(record, error, work)
            return
        work.outs.extend(result.outputs)
        _count_rejected(result.outputs)
        if key is not None and not isinstance(result.state, Keep):
            work.states[key] = result.state

    def _bury(self, record: Record, error: Exception, work: Work) -> None:
        work.outs.append(self._bugs.dead_letter(record, error, clock.monotonic()))
        try:
            work.outs.extend(self._agent.on_bug(record, error))
        except Exception as another:  # noqa: BLE001 - one bad record never stops a role
            _log.error("on_bug_raised", topic=record.topic, exc_info=another)

    def _key(self, record: Record) -> Key | None:
        if self._agent.table is None:
            return None
        if record.key is None:
            raise ValueError("a record without a key has no state")
        return record.partition, record.key

    def _state(self, record: Record, work: Work) -> bytes | None:
        if self._agent.table is None or record.key is None:
            return None
        key = record.partition, record.key
        return work.states[key] if key in work.states else self._states.get(key)

    def _check(self, result: Step, key: Key | None) -> None:
        for out in result.outputs:
            check_size(out)
        if isinstance(result.state, Keep) or result.state is None:
            return
        if key is None:
            raise ValueError("an agent without a table has no state to keep")
        if len(result.state) > LARGEST_STATE:
            raise UnencodableError(f"a state of {len(result.state)} bytes; {LARGEST_STATE} fit")


def _count_rejected(outs: Iterable[Out]) -> None:
    """A store is answered 200 for what turns out to be forged, or signed with a secret that changed:
    nobody else hears of it."""
    for out in outs:
        if out.topic == DEAD:
            reason = dict(out.headers).get(HEADER_REASON, b"-").decode()
            metrics.count("driver_rejected", reason=reason)
