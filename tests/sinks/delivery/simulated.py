"""Hours of the deliver role in seconds: a loop whose time jumps to whatever is due next, and Kafka's
topics in memory, the delay role's steps among them. Worker, lanes, outbox and steps are the real ones.
"""

import asyncio
import selectors
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from sinks.delivery.attempts import Attempt, AttemptResult
from sinks.delivery.worker import BATCH
from streams.contracts.codec import decode
from streams.contracts.event import Event
from streams.contracts.step import Out, Record
from streams.contracts.topics import ATTEMPTS, DELAYS, DELIVERIES, DELIVERIES_DEAD
from streams.kafka.delay_steps import fires_at, released, unix_ms
from streams.kafka.delay_window import Window
from tests.sinks.delivery.deliveries import record_of

BEGAN = datetime(2026, 9, 21, 14, 14, tzinfo=UTC)
_BATCH = 0.02  # seconds that the reading of one takes: 5,000 records a second
_LATE = 0.5  # seconds, at most, that the delay role is


class _Jumping(selectors.DefaultSelector):
    """Waits for nothing: what it was asked to wait is how far the loop's time jumps."""

    jumped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing will ever happen any more: the simulation is stuck")
        self.jumped += max(0.0, timeout)
        return super().select(0)


class Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds since it began."""
        return self._jumping.jumped

    def now(self) -> datetime:
        return datetime.fromtimestamp(BEGAN.timestamp() + self.time(), UTC)


class Kafka:
    """What deliver reads and writes. By event: `put_off`, how often it was sent around without an
    attempt, and `delivered_at`, the loop's times. `dead`: what was given up."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._window = Window(records=10**9, size=10**12)
        self._written = asyncio.Event()
        self._queue: list[Record] = []
        self.in_flight = 0
        self.put_off: Counter[str] = Counter()
        self.delivered_at: dict[str, list[float]] = {}
        self.dead: list[Out] = []

    def publish(self, *told: Event) -> None:
        self._put([record_of(one) for one in told])

    async def batches(self, limit: int = BATCH) -> AsyncIterator[list[Record]]:
        while True:
            await self._written.wait()
            await asyncio.sleep(_BATCH)
            batch, self._queue = self._queue[:limit], self._queue[limit:]
            if not self._queue:
                self._written.clear()
            self.in_flight += len(batch)
            yield batch

    def done(self, record: Record) -> None:
        self.in_flight -= 1

    async def send_all(self, outs: Sequence[Out]) -> None:
        for out in outs:
            if out.topic == ATTEMPTS:
                self._note(decode(out.value or b"", Attempt))
            elif out.topic in DELAYS:
                self.put_off[decode(out.value or b"", Event).id] += 1
                self._hold(out)
            elif out.topic == DELIVERIES_DEAD:
                self.dead.append(out)

    async def delay(self) -> None:
        """The delay role: what fires goes down a step, or back to deliver."""
        while True:
            await asyncio.sleep(_LATE)
            now = self._loop.now()
            fired = [released(one, now=now) for one in self._window.fire(unix_ms(now), 10**9)]
            for out in fired:
                if out.topic in DELAYS:
                    self._hold(out)
            self._put([self._as_record(out) for out in fired if out.topic == DELIVERIES])

    def _put(self, records: Sequence[Record]) -> None:
        self._queue += records
        if records:
            self._written.set()

    def _hold(self, out: Out) -> None:
        record = self._as_record(out)
        self._window.add(record, fires_at(record, self._loop.now()))

    def _as_record(self, out: Out) -> Record:
        return Record(
            topic=out.topic,
            partition=0,
            offset=0,
            key=out.key,
            value=out.value or b"",
            headers=out.headers,
            timestamp_ms=unix_ms(self._loop.now()),
        )

    def _note(self, attempt: Attempt) -> None:
        if attempt.result is AttemptResult.DELIVERED:
            self.delivered_at.setdefault(attempt.event_id, []).append(self._loop.time())
