"""aiokafka's consumer in the loop of the cycles: fetches, seeks, commits, and notes heartbeats.

Faust runs it in a thread of its own, since an agent of anybody's may block the loop for long. Ours
blocks it for 0.1 s at most, and two loops in one process cost as much again as the work itself.
What a fetch returns carries the generation in which it was read, so that nothing of an older
assignment can pass for the present one.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.structs import ConsumerRecord, TopicPartition
from faust.transport.drivers import aiokafka as stock
from faust.types import TP
from mode import Service

from streams.driver.lease import Lease
from streams.driver.positions import Place
from streams.driver.quiet import FAUST_LOG
from streams.kafka.connection import client_options
from streams.kafka.heartbeats import note_heartbeats
from streams.kafka.outage import pause_failed_updates

FETCH_MAX_WAIT_MS = 100  # what is asked, or becomes due for a fetch, behind a fetch waits no longer
PARTITION_FETCH = 1024 * 1024  # bytes; a larger first batch is returned all the same
_MAX_POLL_INTERVAL_MS = 300_000

Batches = Mapping[TP, list[ConsumerRecord[bytes, bytes]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """A partition's first offset, the one after its last, and what the group has committed."""

    beginning: int
    end: int
    committed: int | None


class Client(stock.AIOKafkaConsumerThread):  # type: ignore[misc] # faust is untyped
    """Faust's consumer thread without the thread: what it calls there is called here."""

    logger = FAUST_LOG
    lease: Lease

    async def start(self) -> None:
        """Here, not in a thread."""
        self._thread_started.set()
        await self._default_start()

    async def stop(self) -> None:
        """Leave the group; Faust's own would wait for a thread."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        if self._consumer is not None:
            await self._consumer.stop()
        await self._default_stop_futures()
        self._shutdown.set()

    async def call_thread(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - faust's own
        """What Faust wants done in the thread, which is here."""
        done = call(*args, **kwargs)
        return await done if isawaitable(done) else done

    @Service.task  # type: ignore[untyped-decorator] # mode is untyped
    async def _thread_keepalive(self) -> None:
        """There is no thread to wake up."""

    async def on_start(self) -> None:
        """Before the group is joined."""
        await super().on_start()
        note_heartbeats(self._coordinator, self.lease.renew)

    def _create_worker_consumer(self, _transport: object) -> AIOKafkaConsumer:
        conf, options = self.app.conf, self.app.options
        has_states = bool(self.app.tables.changelog_topics)
        self._assignor = self.app.assignor if has_states else RoundRobinPartitionAssignor
        consumer = AIOKafkaConsumer(
            **client_options(options.kafka),
            client_id=conf.broker_client_id,
            group_id=conf.id,
            group_instance_id=conf.consumer_group_instance_id,
            partition_assignment_strategy=[self._assignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",  # `Positions` refuses what a silent reset would skip
            max_poll_records=conf.broker_max_poll_records,
            max_poll_interval_ms=_MAX_POLL_INTERVAL_MS,
            max_partition_fetch_bytes=PARTITION_FETCH,
            fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
        )
        pause_failed_updates(consumer._client)  # noqa: SLF001 - no public way to it
        return consumer

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        self.lease.revoking()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        self.lease.assigned()
        await super().on_partitions_assigned(assigned, generation_id)

    async def fetch(self, places: Collection[TP], wait: float, most: int) -> tuple[int, Batches]:
        """Records of these partitions, waiting up to `wait` seconds, and their generation."""
        fetcher = self._ensure_consumer()._fetcher  # noqa: SLF001 - getmany can't leave partitions out
        with fetcher._subscriptions.fetch_context():  # noqa: SLF001 - or the group takes us for idle
            batches = await fetcher.fetched_records(
                frozenset(places), timeout=wait, max_records=most
            )
        return self._coordinator.generation, batches

    def put_back(self, place: TP, offset: int, generation: int) -> None:
        """Fetch this partition again from `offset`, unless its assignment is over."""
        consumer = self._ensure_consumer()
        current = self._coordinator.generation == generation
        if not current or place not in consumer.assignment():
            return
        state = consumer._subscription.subscription.assignment.state_value(place)  # noqa: SLF001
        if state.has_valid_position and state.position > offset:
            consumer.seek(place, offset)

    def restart(self, offsets: Mapping[TP, int]) -> None:
        """Read these partitions from these offsets, also when they were paused."""
        consumer = self._ensure_consumer()
        for place, offset in offsets.items():
            consumer.seek(place, offset)
        consumer.resume(*_theirs(offsets))

    def pause(self, places: Collection[TP]) -> None:
        """Fetch no more of these: what we write into a changelog need not come back."""
        self._ensure_consumer().pause(*_theirs(places))

    async def bounds(self, places: Collection[TP]) -> dict[Place, Bounds]:
        """Asked from the broker now."""
        if not places:
            return {}
        consumer = self._ensure_consumer()
        committed, beginnings, ends = await asyncio.gather(
            self._coordinator.fetch_committed_offsets(places),
            consumer.beginning_offsets(places),
            consumer.end_offsets(places),
        )
        return {
            (place.topic, place.partition): Bounds(
                beginning=beginnings[place],
                end=ends[place],
                committed=committed[place].offset if place in committed else None,
            )
            for place in places
        }

    async def positions(self, places: Collection[TP]) -> dict[Place, int]:
        """How far each was read."""
        consumer = self._ensure_consumer()
        return {(p.topic, p.partition): await consumer.position(p) for p in _theirs(places)}

    @property
    def trouble(self) -> str | None:
        """Why this member can never go on: aiokafka tells errors only to those who poll."""
        consumer = self._consumer
        if consumer is None or consumer._coordinator is None:  # noqa: SLF001 - see above
            return None  # not started yet
        coordinator, fetcher = consumer._coordinator, consumer._fetcher  # noqa: SLF001
        if coordinator._pending_exception is not None:  # noqa: SLF001
            return f"the group coordination failed: {coordinator._pending_exception!r}"  # noqa: SLF001
        if coordinator._coordination_task.done():  # noqa: SLF001
            return "the group coordination ended"
        return "fetching ended" if fetcher._fetch_task.done() else None  # noqa: SLF001

    @property
    def _coordinator(self) -> GroupCoordinator:
        return self._ensure_consumer()._coordinator  # noqa: SLF001 - no public way to it


def _theirs(places: Collection[TP]) -> list[TopicPartition]:
    """As aiokafka's own type, on which some of its methods insist."""
    return [TopicPartition(*place) for place in places]
