"""Faust's consumer, made safe: what is fetched is handed over in order or put back, never dropped.

Stock Faust 0.15.3 queues records that were fetched while a rebalance ends, then clears the queue
behind the fetch position and commits over the hole; it commits past records in flight, and forgets
what was done when partitions are revoked. Here nothing is queued outside an assignment, a hole
ends the process, and what is committed is what `Positions` says is done.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import structlog
from aiokafka.structs import ConsumerRecord
from faust.transport.drivers import aiokafka as stock
from faust.types import TP
from mode import Service

from streams.contracts.step import Record
from streams.driver.client import Client
from streams.driver.lease import Lease
from streams.driver.positions import Place, Positions
from streams.driver.quiet import FAUST_LOG
from streams.driver.waiting import Waiting
from streams.observe import clock, metrics

_log = structlog.get_logger(__name__)
_FETCH_MOST = 500


class Consumer(stock.Consumer):  # type: ignore[misc] # faust is untyped
    """One a process. `progress_at`: when it last did anything that shows it is alive."""

    logger = FAUST_LOG
    fetch_wait = 1.0  # seconds; a fetch returns as soon as there is a record

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - faust's own
        super().__init__(*args, **kwargs)
        self.positions = Positions()
        self.waiting = Waiting()
        self.progress_at = clock.monotonic()
        self._sources: frozenset[TP] = frozenset()

    def _new_consumer_thread(self) -> Client:
        conf = self.app.conf
        client = Client(self, loop=self.loop, thread_loop=self.loop, beacon=self.beacon)
        client.lease = Lease(conf.broker_session_timeout, conf.broker_rebalance_timeout)
        return client

    @property
    def client(self) -> Client:
        """aiokafka's consumer."""
        client: Client = self._thread
        return client

    @property
    def lease(self) -> Lease:
        """Whether the partitions are surely ours."""
        return self.client.lease

    def begin(self, starts: Mapping[TP, int], new: Collection[TP]) -> None:
        """Tables are restored: read these partitions, from these offsets; `new`: see Positions."""
        self.positions.begin(_plain(starts), {(tp.topic, tp.partition) for tp in new})
        self._sources = frozenset(starts)
        self.waiting.open()
        if starts:
            self.resume_flow()

    def progressed(self) -> None:
        """Something was achieved; the watchdog need not bark."""
        self.progress_at = clock.monotonic()

    # -- fetch -----------------------------------------------------------------------------------

    async def _drain_messages(self, fetcher: Any) -> None:  # noqa: ANN401 - faust's own
        try:
            while not (self.should_stop or fetcher.should_stop):
                await self.waiting.room()
                await self.can_resume_flow.wait()
                await self._fetch()
        except (asyncio.CancelledError, *self.consumer_stopped_errors):
            if not self.app.should_stop:
                raise

    async def _fetch(self) -> None:
        generation, batches = await self.client.fetch(self._sources, self.fetch_wait, _FETCH_MOST)
        for place, batch in batches.items():
            if self._may_hand_over(place, generation):
                self._hand_over(place, batch)
            else:
                self._put_back(place, batch[0].offset, generation)

    def _may_hand_over(self, place: TP, generation: int) -> bool:
        return (
            self.flow_active
            and not self.app.rebalancing
            and generation == self.app.consumer_generation_id
            and place in self._sources
        )

    def _hand_over(self, place: TP, batch: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
        if not (self.waiting or self.waiting.busy):
            self.progressed()  # nothing was to be done until now
        first, last = batch[0].offset, batch[-1].offset
        self.positions.hand_over((place.topic, place.partition), first, len(batch), last)
        self.waiting.put([_record(found) for found in batch])

    def _put_back(self, place: TP, offset: int, generation: int) -> None:
        """Fetched while partitions move: aiokafka's position is past them, so they are read again."""
        metrics.count("driver_put_back")
        _log.info("put_back", topic=place.topic, partition=place.partition, offset=offset)
        self.client.put_back(place, offset, generation)

    # -- commit ----------------------------------------------------------------------------------

    @Service.task  # type: ignore[untyped-decorator] # mode is untyped
    async def _commit_handler(self) -> None:
        while not self.should_stop:
            await self.sleep(self.commit_interval)
            await self.commit()

    async def wait_empty(self) -> None:
        """Partitions go: what waits is forgotten, the cycle that runs ends, all done is committed."""
        self.waiting.close()
        await self.waiting.idle()
        await self.maybe_wait_for_commit_to_finish()
        await self.commit()
        self.positions.end()
        self._sources = frozenset()

    async def force_commit(self, *_args: object, **_kwargs: object) -> bool:
        """Commit what is done. A refused commit is tried again with the next."""
        done = self.positions.to_commit()
        owned = self.assignment() if done else set()
        offsets = {TP(*place): at for place, at in done.items() if place in owned}
        if not offsets or not await self._commit(offsets):
            return False
        self.positions.committed(_plain(offsets))
        return True

    async def verify_all_partitions_active(self) -> None:
        """Faust's livelock check reads bookkeeping that is not used here; see the watchdog."""


def _plain(offsets: Mapping[TP, int]) -> dict[Place, int]:
    return {(tp.topic, tp.partition): at for tp, at in offsets.items()}


def _record(found: ConsumerRecord[bytes, bytes]) -> Record:
    return Record(
        topic=found.topic,
        partition=found.partition,
        offset=found.offset,
        key=found.key,
        value=found.value or b"",
        headers=tuple(found.headers),
        timestamp_ms=found.timestamp,
    )
