"""What the driver is told of a role: which topics it reads, its pure step, its states."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from streams.contracts.step import Out, Record, Step
from streams.contracts.topics import LAYOUT
from streams.settings.kafka import KafkaSettings

PureStep = Callable[[Record, bytes | None], Step]
"""The record and its key's state, to the records to write and the new state. No I/O, no clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """`reads`: inboxes of equal partition counts, keyed alike where there is a `table` of states.

    `first`: topics whose records are delivered before all others of a cycle, in this order.
    `on_bug`: what else is written of a record whose step raised, beside its dead letter.
    """

    name: str
    reads: tuple[str, ...]
    step: PureStep
    table: str | None = None
    first: tuple[str, ...] = ()
    on_bug: Callable[[Record, Exception], Sequence[Out]] = lambda _record, _error: ()

    @property
    def group(self) -> str:
        """The consumer group; it carries the layout, since states are placed by partition."""
        return f"{self.name}-{LAYOUT}"

    @property
    def changelog(self) -> str | None:
        """The compacted topic that holds the states, named as Faust names it."""
        return None if self.table is None else f"{self.group}-{self.table}-changelog"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Where a role runs. `slot`: its fixed seat among the workers of the role: static membership,
    address and data folder hang on it, so two live workers must never share one. `seat_within`:
    seconds in which the one before must leave it."""

    kafka: KafkaSettings
    data_dir: Path
    partitions: int
    slot: str = "0"
    session_timeout: float = 15.0
    seat_within: float = 10.0

    def seat(self, agent: Agent) -> str:
        """Name of this worker in the group and of its folder."""
        return f"{agent.name}-{self.slot}"

    def folder(self, agent: Agent) -> Path:
        """Where its local states are."""
        return self.data_dir / self.seat(agent)
