"""Group commit: records that come in at the same time go to Kafka in one batch.

One batch a partition is on its way; what comes meanwhile gathers for the next one that is free. So
nothing waits while the broker is quick, batches grow while it is slow, and a broker that hangs holds
up its own partitions only.
"""

import asyncio
import copy
from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from streams.contracts.step import Out

_TURN = 0.05  # seconds: no wait ends more than so much later than asked


class Batches(Protocol):
    """What is needed of streams.kafka.producer.Producer."""

    async def send_batch(self, outs: Sequence[Out], *, partition: int) -> int:
        """How many of the first were written."""


class _Waiting(NamedTuple):
    out: Out
    acknowledged: asyncio.Future[None]


class Together:
    """For records of one topic that have no key."""

    def __init__(self, batches: Batches, partitions: Iterable[int], *, deadline: float) -> None:
        self._batches = batches
        self._free = deque(partitions)
        self._waiting: list[_Waiting] = []
        self._sending: set[asyncio.Task[None]] = set()
        self._deadline = deadline
        self._expiring: deque[tuple[float, asyncio.Future[None]]] = deque()

    async def publish(self, out: Out) -> None:
        """Return after the acknowledgment. Raise TimeoutError, or what `send_batch` raised."""
        loop = asyncio.get_running_loop()
        acknowledged = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._send_waiting)
        self._waiting.append(_Waiting(out, acknowledged))
        if not self._expiring:
            loop.call_later(self._deadline, self._expire, loop)
        self._expiring.append((loop.time() + self._deadline, acknowledged))
        await acknowledged

    async def ended(self) -> None:
        """Return when no batch is on its way."""
        while self._sending:
            await asyncio.wait(self._sending)

    def _expire(self, loop: asyncio.AbstractEventLoop) -> None:
        """One timer for all: each has the same deadline, so the oldest is the first."""
        now = loop.time()
        while self._expiring and (self._expiring[0][0] <= now or self._expiring[0][1].done()):
            _, acknowledged = self._expiring.popleft()
            if not acknowledged.done():
                acknowledged.set_exception(TimeoutError("not acknowledged in time"))
        if self._expiring:
            next_at = max(self._expiring[0][0], now + _TURN)
            loop.call_at(next_at, self._expire, loop)

    def _send_waiting(self) -> None:
        batch = [waiting for waiting in self._waiting if not waiting.acknowledged.done()]
        if not (batch and self._free):
            self._waiting = batch
            return
        self._waiting = []
        task = asyncio.create_task(self._send(batch, self._free.popleft()))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, batch: list[_Waiting], partition: int) -> None:
        try:
            while batch:
                outs = [waiting.out for waiting in batch]
                written = await self._batches.send_batch(outs, partition=partition)
                _tell(batch[:written], None)
                batch = batch[written:]
        except Exception as error:  # noqa: BLE001 - told to each that waits for this batch
            _tell(batch, error)
        finally:
            self._free.append(partition)
            self._send_waiting()


def _tell(batch: Iterable[_Waiting], error: Exception | None) -> None:
    for waiting in batch:
        if waiting.acknowledged.done():  # its deadline has passed
            continue
        if error is None:
            waiting.acknowledged.set_result(None)
        else:
            waiting.acknowledged.set_exception(copy.copy(error))
