"""Whether the role does its work (live), and whether it can now (ready), as /healthz and /readyz tell it."""

from typing import Protocol

from streams.observe.health import Health

_STUCK = 60.0  # seconds without an acknowledgment, or that a record is held beyond its plan's time


class Reading(Protocol):
    """The consumer loop."""

    @property
    def oldest_age(self) -> float: ...

    @property
    def assignment(self) -> frozenset[tuple[str, int]]: ...

    def silence(self) -> str | None: ...

    def trouble(self) -> str | None: ...


class Following(Protocol):
    """The decisions of topic control."""

    def problem(self) -> str | None: ...


class Writing(Protocol):
    """The outbox."""

    @property
    def failing_for(self) -> float: ...


def pulse(following: Following, reading: Reading, writing: Writing, longest: float) -> Health:
    """`longest`: seconds after which a record is done, whatever its destinations do."""

    def live() -> str | None:
        if reading.silence() is not None:
            return None  # the broker is away: a process started afresh would wait for it as well
        if writing.failing_for > _STUCK:
            return f"the broker has acknowledged nothing for {writing.failing_for:.0f} s"
        if reading.oldest_age > longest + _STUCK:
            return f"a record is not done after {reading.oldest_age:.0f} s"
        return None

    def ready() -> str | None:
        idle = None if reading.assignment else "no partition is assigned"
        return following.problem() or idle or reading.trouble()

    return Health(live=live, ready=ready)
