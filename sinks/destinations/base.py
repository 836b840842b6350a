"""What a destination is: pure words between an event and the HTTP that carries it.

A destination never waits, sends, sleeps or reads a clock: it says which requests tell one event,
and what an answer means. Lanes, retries, breaker, log and egress guard are written once, elsewhere.

What is made anew for every delivery is a msgspec Struct here and in `sinks/delivery`: it is made in
a fifth of the time that a frozen dataclass takes. (Copy with `msgspec.structs.replace`.)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct

from sinks.destinations.options import OptionReader
from streams.contracts.event import Event
from streams.settings.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request. Its url may be a secret, so neither repr nor log shows it."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    method: str = "POST"


class Response(Struct, frozen=True, kw_only=True):
    """An answer. `headers`: lower-case names. `body`: up to the cap; `truncated`: there was more."""

    status: int
    received_at: datetime
    headers: Mapping[str, str] = {}
    body: bytes = b""
    truncated: bool = False


class VerdictKind(StrEnum):
    DELIVERED = "delivered"
    RETRY = "retry"
    DISABLE = (
        "disable"  # the destination is gone: nothing more goes there until an operator says so
    )
    DEAD = "dead"  # this event will never be taken; others may


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an answer means. `reason`: a short stable word. `after`: not before, where it said so.

    `slow`: the other side is overloaded, not wrong.
    """

    kind: VerdictKind
    reason: str = ""
    after: timedelta | None = None
    slow: bool = False


DELIVERED = Verdict(kind=VerdictKind.DELIVERED)


class Sending(Struct, frozen=True, kw_only=True):
    """The circumstances of one attempt. `attempt`: 1 is the first. `replay`: an operator asked."""

    now: datetime
    attempt: int = 1
    replay: bool = False


class Telling(Protocol):
    """What a lane sends to: a destination of events, or of whatever else is delivered."""

    @property
    def url(self) -> str:
        """Where it sends, or begins to: checked at start. It may be a secret."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What must not stand in a log of its answers."""

    def tells(self, event: Any) -> bool:  # noqa: ANN401 - its own kind of thing
        """Whether it has anything to say of this event, as it is configured."""

    def requests(self, event: Any, sending: Sending) -> tuple[Request, ...]:  # noqa: ANN401 - as above
        """In the order in which they are sent; delivered when each of them is. Empty: nothing to say.

        The same event gives the same ids in every attempt, so that the receiver can drop a copy.
        """

    def judge(self, response: Response) -> Verdict:
        """What the answer to any one of the requests means."""


class Destination(Telling, Protocol):
    """One configured destination of one type, for events."""

    def tells(self, event: Event) -> bool: ...

    def requests(self, event: Event, sending: Sending) -> tuple[Request, ...]: ...


Make = Callable[[str, OptionReader], Destination]
"""From a destination's url and options; raises ConfigError, naming the field and the remedy.

The url is "" where the file gives none: a vendor's own is known, any other is then refused.
"""
