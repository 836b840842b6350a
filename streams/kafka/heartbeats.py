"""Tells of each heartbeat that a group's coordinator has answered, which aiokafka does not.

A broker that hangs keeps its connections open and answers nothing: who reads sees an idle topic.
Heartbeats go on every second, so their answers say whether anybody is there.
"""

from collections.abc import Callable
from typing import Any

from streams.observe import clock


def note_heartbeats(coordinator: Any, answered: Callable[[float], None]) -> None:  # noqa: ANN401 - patched
    """Call `answered` with the monotonic time at which each answered heartbeat was sent."""
    beat = coordinator._do_heartbeat  # noqa: SLF001 - no public way to it

    async def noted() -> bool:
        asked_at = clock.monotonic()
        alive: bool = await beat()
        if alive:
            answered(asked_at)
        return alive

    coordinator._do_heartbeat = noted  # noqa: SLF001
