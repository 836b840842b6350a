"""What crosses the border between pure steps and Kafka: a record read, records to write, a state."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

Headers = tuple[tuple[str, bytes], ...]


class Keep:
    """The type of KEEP: leave the state of the key as it is."""


KEEP: Final = Keep()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record of a topic, as read. `timestamp_ms`: the broker's. A tombstone's value is b""."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: Headers = ()
    timestamp_ms: int = 0

    @property
    def place(self) -> str:
        """What dead letters and tables call it by."""
        return f"{self.topic}:{self.partition}:{self.offset}"

    def header(self, name: str) -> bytes | None:
        """The first header of that name."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Out:
    """One record to write; without a key it goes to any partition."""

    topic: str
    key: bytes | None
    value: bytes | None  # None: a tombstone of a compacted topic
    headers: Headers = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one record leads to: records to write, then the new state of its key (None deletes it)."""

    outputs: Sequence[Out] = field(default_factory=tuple)
    state: bytes | Keep | None = KEEP
