"""The state machine that the fault tests run: its outputs show any record lost, doubled or reordered.

A key's records are numbered. The state is the number of the last one applied and a digest of all
before it; an output holds the digests before and after, so that every copy of it must be equal.
"""

from dataclasses import dataclass
from hashlib import blake2b

from streams.contracts.codec import decode, encode
from streams.contracts.errors import ConfigError
from streams.contracts.step import Out, Record, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Record `number` of its key, starting at 1. `raises`: what the step is to do with it."""

    id: int
    number: int
    raises: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    number: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of a command."""

    id: int
    number: int
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Names of the topics that the step writes to."""

    told: str
    replayed: str

    def step(self, record: Record, state: bytes | None) -> Step:
        """A command that was applied is told to `replayed` and changes nothing."""
        command = decode(record.value, Command)
        if command.raises:
            raise ValueError(f"command {command.id} was made to raise")
        now = State() if state is None else decode(state, State)
        if command.number <= now.number:
            return Step(outputs=(Out(topic=self.replayed, key=record.key, value=record.value),))
        if command.number != now.number + 1:
            raise ConfigError(f"gap: command {command.number} met state {now.number}")
        after, told = apply(now, command)
        out = Out(topic=self.told, key=record.key, value=encode(told), headers=record.headers)
        return Step(outputs=(out,), state=encode(after))


def apply(state: State, command: Command) -> tuple[State, Told]:
    """The next state and what is told of it."""
    digest = blake2b(f"{state.digest}/{command.id}".encode(), digest_size=8).hexdigest()
    told = Told(id=command.id, number=command.number, before=state.digest, after=digest)
    return State(number=command.number, digest=digest), told
