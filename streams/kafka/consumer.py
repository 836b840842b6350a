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

from streams.contracts import topics as contract
from streams.contracts.errors import ConfigError
from streams.contracts.step import Record
from streams.kafka.connection import client_options
from streams.kafka.ending import end
from streams.kafka.errors import our_errors
from streams.kafka.heartbeats import note_heartbeats
from streams.kafka.ledger import Ledger
from streams.kafka.outage import pause_failed_updates
from streams.kafka.rebalance import Rebalances
from streams.kafka.records import FETCH, as_record, ms
from streams.observe import clock
from streams.settings.kafka import KafkaSettings

_FETCH_WAIT_MS = 100  # a partition that is resumed, or read late, waits for the fetch under way
_COMMIT_EVERY = 1.0  # seconds
_LAST_COMMIT = 5.0  # seconds that a commit may take while partitions go away
_COMPACTED = {topic.name for topic in contract.ALL if topic.retention is None}
_REBALANCED = (foreign.CommitFailedError, foreign.IllegalStateError)
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
        self._ledgers: dict[TopicPartition, Ledger] = {}
        self._commit_lock = asyncio.Lock()
        self._committing: asyncio.Task[None] | None = None
        self._failure: Exception | None = None
        self._session = session.total_seconds()
        self._heard_at: float | None = None
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
        self._committing = asyncio.create_task(self._commit_forever())
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
            await self._last_commit()
        finally:
            await end(self._client)

    @property
    def in_flight(self) -> int:
        """How many records were handed out and are not done."""
        return sum(len(ledger) for ledger in self._ledgers.values())

    @property
    def oldest_age(self) -> float:
        """Seconds since the oldest record that is not done was handed out."""
        now = clock.monotonic()
        return max((ledger.oldest_age(now) for ledger in self._ledgers.values()), default=0.0)

    @property
    def assignment(self) -> frozenset[tuple[str, int]]:
        """Topics and partitions that are this member's now."""
        return frozenset((tp.topic, tp.partition) for tp in self._ledgers)

    def silence(self) -> str | None:
        """That the broker has answered no heartbeat for a session, for readiness; None while it does."""
        silent_for = 0.0 if self._heard_at is None else clock.monotonic() - self._heard_at
        if silent_for <= self._session:
            return None
        return f"the broker has not answered {self._group} for {silent_for:.0f} s"

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
            ledger = self._ledgers[tp]
            for one in batch:
                ledger.read(one.offset, at)
                records.append(as_record(one))
        return records

    def done(self, record: Record) -> None:
        """`record` needs nothing more; of a partition that went away meanwhile: ignored."""
        ledger = self._ledgers.get(TopicPartition(record.topic, record.partition))
        if ledger is not None:
            ledger.done(record.offset)

    async def commit(self) -> None:
        """Commit what is done. Refused when the group has rebalanced: that is expected, and logged."""
        async with self._commit_lock:
            ledgers = self._ledgers
            offsets = {
                tp: upto for tp in ledgers if (upto := ledgers[tp].committable()) is not None
            }
            if offsets and await self._accepted(offsets):
                for tp, upto in offsets.items():
                    ledgers[tp].committed(upto)

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
        self._ledgers[tp] = _ledger(tp)

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
        new = [tp for tp in self._ledgers if await client.committed(tp) is None]
        starts = await client.beginning_offsets(new)
        with suppress(
            foreign.IllegalStateError
        ):  # a rebalance meanwhile: the next read is here again
            for tp, offset in starts.items():
                client.seek(tp, offset)
            await self._accepted(starts)

    async def _accepted(self, offsets: dict[TopicPartition, int]) -> bool:
        with our_errors(f"committing for {self._group}"):
            try:
                await self._client.commit(offsets)
            except _REBALANCED as error:
                _log.info("commit_refused", group=self._group, reason=type(error).__name__)
                return False
        return True

    async def _commit_forever(self) -> None:
        while True:
            await asyncio.sleep(_COMMIT_EVERY)
            await self.commit()

    async def _last_commit(self) -> None:
        try:
            async with asyncio.timeout(_LAST_COMMIT):
                await self.commit()
        except TimeoutError:  # the broker is away: what is not committed is read again
            _log.warning("commit_abandoned", group=self._group, in_flight=self.in_flight)

    def _heard(self, at: float) -> None:
        self._heard_at = at

    def _assigned(self, partitions: set[TopicPartition]) -> None:
        self._heard(clock.monotonic())
        self._ledgers = {tp: _ledger(tp) for tp in partitions}
        _log.info("partitions_assigned", group=self._group, count=len(partitions))

    async def _revoked(self) -> None:
        try:
            await self._last_commit()
            self._ledgers = {}
            if self._on_revoked is not None:
                self._on_revoked()
        except Exception as error:  # noqa: BLE001 - aiokafka would only log it: the reader gets it
            self._failure = error


def _ledger(tp: TopicPartition) -> Ledger:
    return Ledger(contiguous=tp.topic not in _COMPACTED)
