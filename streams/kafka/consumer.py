"""The consumer loop: records out, `done` back in any order, commits of what is done and no more.

A commit never passes a record that is not done, so a crash or a rebalance reads it again. What
breaks the loop is raised to whoever reads: nothing is lost in a log.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from types import TracebackType
from typing import Self

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka import errors as foreign

from streams.contracts.errors import ConfigError
from streams.contracts.step import Record
from streams.kafka.commits import Commits
from streams.kafka.connection import client_options
from streams.kafka.ending import end
from streams.kafka.errors import our_errors
from streams.kafka.heartbeats import note_heartbeats
from streams.kafka.outage import pause_failed_updates
from streams.kafka.rebalance import Rebalances
from streams.kafka.records import FETCH, as_record, ms
from streams.kafka.unrest import Unrest
from streams.observe import clock
from streams.settings.kafka import KafkaSettings

_FETCH_WAIT_MS = 100  # a partition that is resumed, or read late, waits for the fetch under way
_SECOND = timedelta(seconds=1)
_log = structlog.get_logger()


class Consumer:
    """A member of `group`. `instance`: static membership, for a restart without a rebalance.

    `on_revoked` is called when all partitions go away, as at each rebalance: what was read and is
    not done will come again, here or elsewhere. `session`: how long the group waits for a member
    that died; `max_poll_interval`: for one that does not read.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        *,
        group: str,
        topics: Sequence[str],
        client_id: str,
        instance: str | None = None,
        session: timedelta = timedelta(seconds=15),
        max_poll_interval: timedelta = timedelta(minutes=5),
        on_revoked: Callable[[], None] | None = None,
    ) -> None:
        self._kafka = kafka
        self._group = group
        self._topics = tuple(topics)
        self._on_revoked = on_revoked
        self._committing: asyncio.Task[None] | None = None
        self._failure: Exception | None = None
        self._session = session.total_seconds()
        self._heard_at: float | None = None
        self._unrest = Unrest(group)
        self._client = AIOKafkaConsumer(
            **client_options(kafka),
            client_id=client_id,
            group_id=group,
            group_instance_id=instance,
            enable_auto_commit=False,
            auto_offset_reset="none",
            session_timeout_ms=ms(session),
            heartbeat_interval_ms=min(1000, ms(session) // 5),
            rebalance_timeout_ms=ms(max(session, timedelta(seconds=30))),
            max_poll_interval_ms=ms(max_poll_interval),
            max_partition_fetch_bytes=FETCH,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
        )
        self._commits = Commits(self._client, group)
        pause_failed_updates(self._client._client)  # noqa: SLF001 - no public way to it

    async def __aenter__(self) -> Self:
        self._client.subscribe(
            list(self._topics), listener=Rebalances(self._assigned, self._revoked)
        )
        try:
            with our_errors(f"joining {self._group} on {', '.join(self._topics)}"):
                await self._client.start()
        except BaseException:
            await end(self._client)
            raise
        self._heard(clock.monotonic())
        note_heartbeats(self._client._coordinator, self._heard)  # noqa: SLF001 - no public way to it
        self._committing = asyncio.create_task(self._commits.commit_forever())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._committing is not None:
            self._committing.cancel()
            await asyncio.wait([self._committing])
        try:
            await self._commits.commit_last()
        finally:
            await end(self._client)

    @property
    def in_flight(self) -> int:
        """How many records were handed out and are not done."""
        return self._commits.in_flight

    @property
    def oldest_age(self) -> float:
        """Seconds since the oldest record that is not done was handed out."""
        return self._commits.oldest_age

    @property
    def assignment(self) -> frozenset[tuple[str, int]]:
        """Topics and partitions that are this member's now."""
        return frozenset((tp.topic, tp.partition) for tp in self._commits.partitions)

    def silence(self) -> str | None:
        """That the broker has answered no heartbeat for a session; None while it does."""
        silent_for = 0.0 if self._heard_at is None else clock.monotonic() - self._heard_at
        if silent_for <= self._session:
            return None
        return f"the broker has not answered {self._group} for {silent_for:.0f} s"

    def trouble(self) -> str | None:
        """Why it can't be relied upon now, for readiness: a silent broker, or no rest in its group."""
        return self.silence() or self._unrest.why(clock.monotonic())

    async def batches(
        self, limit: int = 500, wait: timedelta = _SECOND
    ) -> AsyncIterator[list[Record]]:
        """Records for ever, at most `limit` at a time and never none."""
        while True:
            records = await self.read(limit, wait)
            if records:
                yield records

    async def read(self, limit: int = 500, wait: timedelta = _SECOND) -> list[Record]:
        """What is there, at most `limit`, or nothing when `wait` has passed."""
        self._raise_failure()
        await asyncio.sleep(0)  # getmany does not yield while it has records
        with our_errors(f"reading {', '.join(self._topics)} as {self._group}"):
            found = await self._fetch(limit, wait)
        at = clock.monotonic()
        records = []
        for tp, batch in found.items():
            ledger = self._commits.ledger(tp)
            for one in batch:
                ledger.read(one.offset, at)
                records.append(as_record(one))
        return records

    def done(self, record: Record) -> None:
        """`record` needs nothing more; of a partition that went away meanwhile: ignored."""
        self._commits.done(record)

    async def commit(self) -> None:
        """Commit what is done. Refused when the group has rebalanced: that is expected, and logged."""
        await self._commits.commit()

    def pause(self, topic: str, partition: int) -> None:
        """Read no more of it until `resume` or the next rebalance; others go on."""
        self._client.pause(TopicPartition(topic, partition))

    def resume(self, topic: str, partition: int) -> None:
        """Undo `pause`."""
        self._client.resume(TopicPartition(topic, partition))

    def seek(self, topic: str, partition: int, offset: int) -> None:
        """Read again from `offset`; what is in flight of that partition is forgotten."""
        tp = TopicPartition(topic, partition)
        self._client.seek(tp, offset)
        self._commits.begin_again(tp)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._committing is not None and self._committing.done():
            self._committing.result()

    async def _fetch(
        self, limit: int, wait: timedelta
    ) -> dict[TopicPartition, list[ConsumerRecord]]:
        try:
            found: dict[TopicPartition, list[ConsumerRecord]] = await self._client.getmany(
                timeout_ms=ms(wait), max_records=limit
            )
        except foreign.NoOffsetForPartitionError:
            await self._begin()
            return await self._fetch(limit, wait)
        except foreign.OffsetOutOfRangeError as error:
            raise self._out_of_range(error) from error
        return found

    def _out_of_range(self, error: foreign.OffsetOutOfRangeError) -> ConfigError:
        places = ", ".join(f"{tp.topic}:{tp.partition}:{at}" for tp, at in error.args[0].items())
        return ConfigError(
            f"group {self._group} stands at {places}, which the broker does not hold: records are"
            f" lost to it. To go on without them: python -m streams skip {self._group}"
        )

    async def _begin(self) -> None:
        """A group's first time on a partition: from the earliest, committed at once as its start."""
        client = self._client
        new = [tp for tp in self._commits.partitions if await client.committed(tp) is None]
        if not new:
            # They went away meanwhile, or who had them before has begun: aiokafka looks again.
            return
        starts = await client.beginning_offsets(new)
        # A rebalance meanwhile: the next read is here again.
        with suppress(foreign.IllegalStateError):
            for tp, offset in starts.items():
                client.seek(tp, offset)
            await self._commits.accepted(starts)

    def _heard(self, at: float) -> None:
        self._heard_at = at

    def _assigned(self, partitions: set[TopicPartition]) -> None:
        self._heard(clock.monotonic())
        self._unrest.dealt(clock.monotonic())
        self._commits.begin(partitions)
        _log.info("partitions_assigned", group=self._group, count=len(partitions))

    async def _revoked(self) -> None:
        try:
            await self._commits.commit_last()
            self._commits.begin(())
            if self._on_revoked is not None:
                self._on_revoked()
        except Exception as error:  # noqa: BLE001 - aiokafka would only log it: the reader gets it
            self._failure = error
