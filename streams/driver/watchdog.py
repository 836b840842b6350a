"""A thread that ends the process when it can't go on and would never tell: zombies hold partitions.

Seen or provable in Faust and aiokafka: a coordination that failed with nobody polling, a recovery
that never ends, a loop that is blocked. While the broker does not answer, waiting is right.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from streams.driver.ending import end_process

_EVERY = 1.0
_STUCK = 60.0  # seconds without a cycle while records wait
_TAKING_UP = 300.0  # seconds without progress of a rebalance
_BLOCKED = 120.0  # seconds in which the event loop did not turn


class Watched(Protocol):
    """What the watchdog sees of a worker."""

    @property
    def trouble(self) -> str | None:
        """Why this member can never go on."""

    @property
    def since_progress(self) -> float:
        """Seconds."""

    @property
    def since_turn(self) -> float:
        """Seconds since the event loop turned."""

    @property
    def records_wait(self) -> bool:
        """Whether there is work: records wait or a cycle runs."""

    @property
    def broker_answers(self) -> bool:
        """Whether a heartbeat was answered within a session."""

    @property
    def taking_up(self) -> bool:
        """Whether a rebalance or a restore is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds."""

    stuck: float = _STUCK
    taking_up: float = _TAKING_UP
    blocked: float = _BLOCKED


def verdict(worker: Watched, limits: Limits) -> str | None:
    """Why the process must end, None while all is well. Pure: the one rule, asked by health too."""
    if (trouble := worker.trouble) is not None:
        return trouble
    if worker.since_turn > limits.blocked:
        return f"the event loop has not turned for {worker.since_turn:.0f} s"
    if worker.taking_up and worker.since_progress > limits.taking_up:
        return f"partitions could not be taken up within {worker.since_progress:.0f} s"
    waits = worker.records_wait and not worker.taking_up and worker.broker_answers
    if waits and worker.since_progress > limits.stuck:
        return f"records wait and no cycle ended for {worker.since_progress:.0f} s"
    return None


def watch(worker: Watched, limits: Limits, end: Callable[[str], None] = end_process) -> None:
    """Ask every second, from a thread of its own, for as long as the process lives."""

    def ask() -> None:
        while (why := verdict(worker, limits)) is None:
            time.sleep(_EVERY)
        end(why)

    threading.Thread(target=ask, name="watchdog", daemon=True).start()
