"""The deliver role: events and retries in, each into the lanes of the destinations that take it.

A record is done when every delivery that came of it has ended and what ended it is acknowledged;
the consumer commits the oldest that is not done. So a crash loses nothing, and repeats at most what
was under way, with the same event ids.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

import structlog

from sinks.delivery.delivery import Delivery, OpenRecord, read_delivery, unreadable_out
from sinks.delivery.ending import UNKNOWN_DESTINATION, Ending, without_destination
from sinks.delivery.lanes import Attempting, Hooks, Lane
from sinks.delivery.outbox import Outbox
from sinks.delivery.plan import Plan
from sinks.delivery.reporting import Reporting
from sinks.delivery.schedule import RETRIES, Schedule
from sinks.delivery.standing import Decided, Decision, Standing, decision_out
from streams.contracts.codec import decode
from streams.contracts.errors import MalformedError
from streams.contracts.event import Event
from streams.contracts.ids import AppId
from streams.contracts.step import Record
from streams.contracts.topics import EVENTS
from streams.observe import clock, metrics

BATCH = 100  # records read at a time: fewer than a lane holds
MAX_IN_FLIGHT = 10_000  # records
PATIENCE = timedelta(seconds=10)  # that what is under way has to end in when the process stops
_ROOM = 0.05  # seconds, at most, between two looks for room
Opening = Callable[[OpenRecord], list[Delivery]]
"""From a record to the deliveries that come of it; MalformedError when it can't be read."""
_log = structlog.get_logger()


class Reading(Protocol):
    """What reads: the consumer loop."""

    @property
    def in_flight(self) -> int: ...

    def batches(self, limit: int = ...) -> AsyncIterator[list[Record]]: ...

    def done(self, record: Record) -> None: ...


class Worker:
    """Runs until told to stop, or until something fails that only a restart mends.

    `opening`: for records other than events and their retries. `process`: by what its reports on the
    lanes are known.
    """

    def __init__(
        self,
        plans: Sequence[Plan],
        *,
        reading: Reading,
        outbox: Outbox,
        attempt: Attempting,
        standing: Standing,
        process: str,
        schedule: Schedule = RETRIES,
        opening: Opening | None = None,
    ) -> None:
        self._reporting = Reporting(process, outbox)
        self._opening = opening or self._of_events
        self._reading = reading
        self._outbox = outbox
        self._standing = standing
        self._schedule = schedule
        self._crash: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._moved = asyncio.Event()
        hooks = Hooks(
            attempt=attempt,
            ended=self._ended,
            gone=self._gone,
            turned=self._reporting.breaker_turned,
            crashed=self._crashed,
        )
        self.lanes = {plan.name: Lane(plan, hooks, standing) for plan in plans}
        self._given: set[Lane] = set()  # something since they were seen with room
        self._of_app: dict[AppId, tuple[Lane, ...]] = {}
        self._unknown: set[str] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Raise what ended it, if it was not `stop`."""
        reading = asyncio.create_task(self._read())
        writing = asyncio.create_task(self._outbox.run())
        reporting = asyncio.create_task(self._reporting.run(self.lanes.values()))
        stopping = asyncio.create_task(_set(stop))
        ends: list[asyncio.Future[None]] = [reading, writing, reporting, stopping]
        try:
            await asyncio.wait([*ends, self._crash], return_when=asyncio.FIRST_COMPLETED)
            reading.cancel()
            reporting.cancel()
            if not writing.done():
                await self._finish()
        finally:
            for end in ends:
                end.cancel()
            results = await asyncio.gather(*ends, return_exceptions=True)
        self._raise(results)

    def forget(self) -> None:
        """The partitions went away: what has not started will be read again, here or elsewhere."""
        for lane in self.lanes.values():
            lane.forget()

    def accept(self, record: Record) -> None:
        """Into the lanes with it. Never waits, never raises for what is in the record."""
        try:
            deliveries = self._opening(OpenRecord(record, read_at=clock.monotonic()))
        except MalformedError as error:
            metrics.count("delivery_unreadable", topic=record.topic)
            _log.error("delivery_unreadable", topic=record.topic, error=str(error))
            out = unreadable_out(record, error.reason, str(error))
            self._outbox.put((out,), lambda: self._reading.done(record))
            return
        if not deliveries:
            self._reading.done(record)
        for delivery in deliveries:
            self._submit(delivery)

    async def _read(self) -> None:
        async for batch in self._reading.batches(BATCH):
            for record in batch:
                self.accept(record)
            await self._room()

    async def _room(self) -> None:
        """Read no further while that would only send deliveries around through the delay topics."""
        full = self._full()
        while self._is_crowded(full):
            self._moved.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_ROOM):
                    await self._moved.wait()
            full = self._full()

    def _full(self) -> list[Lane]:
        """Only a lane that was given something can be: looking at a thousand after each record that
        comes alone would delay its attempt, which starts after that."""
        full = [lane for lane in self._given if not lane.has_room(BATCH)]
        self._given = set(full)
        return full

    def _is_crowded(self, full: list[Lane]) -> bool:
        """Waiting for a full lane must cost no other lane anything: it will have room in a moment,
        or there is no other with room. What finds another full lane is put off."""
        if self._reading.in_flight >= MAX_IN_FLIGHT:
            return True
        if not full:
            return False
        return len(full) == len(self.lanes) or any(lane.drains_soon() for lane in full)

    def _of_events(self, opened: OpenRecord) -> list[Delivery]:
        if opened.record.topic != EVENTS:
            return [read_delivery(opened)]
        event = decode(opened.record.value, Event)
        takers = [lane.plan for lane in self._lanes_of(event.app_id)]
        takers = [plan for plan in takers if plan.takes(event)]
        opened.left = len(takers)
        now = clock.now()
        return [
            Delivery(event=event, destination=plan.name, first_at=now, open=opened)
            for plan in takers
        ]

    def _lanes_of(self, app_id: AppId) -> tuple[Lane, ...]:
        """The lanes that could take an event of this app: few, where there are many destinations."""
        if app_id not in self._of_app:
            self._of_app[app_id] = tuple(
                lane
                for lane in self.lanes.values()
                if lane.plan.filter.apps is None or app_id in lane.plan.filter.apps
            )
        return self._of_app[app_id]

    def _submit(self, delivery: Delivery) -> None:
        lane = self.lanes.get(delivery.destination)
        if lane is not None:
            self._given.add(lane)
            lane.submit(delivery)
            return
        self._tell_unknown(delivery.destination)
        self._ended(delivery, without_destination(delivery, self._schedule, clock.now()))

    def _tell_unknown(self, name: str) -> None:
        """Once for each name: a rename is else seen when the first dead letters come, days later."""
        metrics.count("deliveries_put_off", destination=name, reason=UNKNOWN_DESTINATION)
        if name in self._unknown:
            return
        self._unknown.add(name)
        _log.warning(
            "destination_unknown",
            destination=name,
            meaning="its events wait through the retries, then they are dead letters:"
            " if it was renamed or removed by mistake, give project.toml that name again",
        )

    def _ended(self, delivery: Delivery, ending: Ending) -> None:
        self._outbox.put(ending.outs, lambda: self._acknowledged(delivery))

    def _acknowledged(self, delivery: Delivery) -> None:
        if delivery.open.one_ended():
            self._reading.done(delivery.open.record)
        self._moved.set()

    def _gone(self, plan: Plan, reason: str) -> None:
        """The destination said that it is no more: nothing goes there until an operator resumes it."""
        decision = Decision(state=Decided.DISABLED, reason=reason, decided_at=clock.now())
        self._standing.decide(plan.name, decision)
        self._outbox.put((decision_out(plan.name, decision),), lambda: None)
        _log.error("destination_disabled", destination=plan.name, reason=reason)

    def _crashed(self, error: BaseException) -> None:
        if not self._crash.done():
            self._crash.set_exception(error)

    async def _finish(self) -> None:
        await asyncio.gather(*(lane.stop(PATIENCE) for lane in self.lanes.values()))
        self._reporting.end()
        await self._outbox.drained(PATIENCE)

    def _raise(self, results: Sequence[BaseException | None]) -> None:
        if self._crash.done():
            self._crash.result()
        self._crash.cancel()
        for result in results:
            if isinstance(result, Exception):
                raise result


async def _set(event: asyncio.Event) -> None:
    await event.wait()
