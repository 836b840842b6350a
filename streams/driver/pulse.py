"""What the watchdog and health see of a role: read from any thread, without asking the broker."""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NoReturn, Protocol

from streams.driver.application import Application
from streams.driver.consumer import Consumer
from streams.driver.restore import Restore
from streams.observe import clock

_EVERY = 0.5


class Follows(Protocol):
    """What must go on beside the role."""

    def problem(self) -> str | None:
        """Why it does not, None while it does."""


class Pulse:
    """`Watched` of the application."""

    def __init__(self, app: Application, beside: Sequence[Follows] = ()) -> None:
        self._app = app
        self._beside = beside
        self._restore: Restore = app.tables.recovery  # made here: Faust binds to this loop
        self._started_at = clock.monotonic()
        self._turned_at = self._started_at
        self.stopping = False  # on purpose: what ends now is no trouble

    async def beat(self) -> NoReturn:
        """Note that the event loop turns."""
        while True:
            self._turned_at = clock.monotonic()
            await asyncio.sleep(_EVERY)

    @property
    def trouble(self) -> str | None:
        if self.stopping:
            return None
        problems: Iterable[str | None] = (followed.problem() for followed in self._beside)
        if self._consumer is not None:
            problems = chain((self._consumer.client.trouble,), problems)
        return next((problem for problem in problems if problem is not None), None)

    @property
    def since_progress(self) -> float:
        consumer = self._consumer
        return clock.monotonic() - (consumer.progress_at if consumer else self._started_at)

    @property
    def since_turn(self) -> float:
        return clock.monotonic() - self._turned_at

    @property
    def records_wait(self) -> bool:
        waiting = self._consumer.waiting if self._consumer else None
        return waiting is not None and (len(waiting) > 0 or waiting.busy)

    @property
    def broker_answers(self) -> bool:
        session = self._app.options.session_timeout
        return self._consumer is not None and self._consumer.lease.age < session

    @property
    def taking_up(self) -> bool:
        return not (self._restore.ready or self.stopping)

    @property
    def _consumer(self) -> Consumer | None:
        found: Consumer | None = self._app._consumer  # noqa: SLF001 - `consumer` would make one
        return found


def not_ready(pulse: Pulse) -> str | None:
    """Why the role does not take records now, None when it does."""
    if pulse.stopping:
        return "the role is stopping"
    if pulse.taking_up:
        return "partitions are being taken up"
    return None if pulse.broker_answers else "the broker does not answer"
