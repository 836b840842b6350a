"""What of a member's records is done, and committing exactly that.

A commit never passes a record that is not done, so a crash or a rebalance reads it again.
"""

import asyncio
from collections.abc import Collection

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka import errors as foreign

from streams.contracts import topics as contract
from streams.contracts.step import Record
from streams.kafka.errors import our_errors
from streams.kafka.ledger import Ledger
from streams.observe import clock

_EVERY = 1.0  # seconds
_LAST = 5.0  # seconds that a commit may take while partitions go away
_COMPACTED = {topic.name for topic in contract.ALL if topic.retention is None}
_REBALANCED = (foreign.CommitFailedError, foreign.IllegalStateError)
_log = structlog.get_logger()


class Commits:
    """A ledger for each partition that is `group`'s here."""

    def __init__(self, client: AIOKafkaConsumer, group: str) -> None:
        self._client = client
        self._group = group
        self._ledgers: dict[TopicPartition, Ledger] = {}
        self._lock = asyncio.Lock()

    @property
    def partitions(self) -> frozenset[TopicPartition]:
        return frozenset(self._ledgers)

    @property
    def in_flight(self) -> int:
        """How many records were handed out and are not done."""
        return sum(len(ledger) for ledger in self._ledgers.values())

    @property
    def oldest_age(self) -> float:
        """Seconds since the oldest record that is not done was handed out."""
        now = clock.monotonic()
        return max((ledger.oldest_age(now) for ledger in self._ledgers.values()), default=0.0)

    def begin(self, partitions: Collection[TopicPartition]) -> None:
        """These and no others, with nothing in flight."""
        self._ledgers = {tp: _ledger(tp) for tp in partitions}

    def begin_again(self, partition: TopicPartition) -> None:
        self._ledgers[partition] = _ledger(partition)

    def ledger(self, partition: TopicPartition) -> Ledger:
        """Of one that is here."""
        return self._ledgers[partition]

    def done(self, record: Record) -> None:
        """Ignored for a partition that went away meanwhile."""
        ledger = self._ledgers.get(TopicPartition(record.topic, record.partition))
        if ledger is not None:
            ledger.done(record.offset)

    async def commit(self) -> None:
        """What is done. Refused when the group has rebalanced: that is expected, and logged."""
        async with self._lock:
            ledgers = self._ledgers
            offsets = {
                tp: upto for tp in ledgers if (upto := ledgers[tp].committable()) is not None
            }
            if offsets and await self.accepted(offsets):
                for tp, upto in offsets.items():
                    ledgers[tp].committed(upto)

    async def accepted(self, offsets: dict[TopicPartition, int]) -> bool:
        """Whether the broker holds these offsets now."""
        with our_errors(f"committing for {self._group}"):
            try:
                await self._client.commit(offsets)
            except _REBALANCED as error:
                _log.info("commit_refused", group=self._group, reason=type(error).__name__)
                return False
        return True

    async def commit_forever(self) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            await self.commit()

    async def commit_last(self) -> None:
        """Before the partitions go away."""
        try:
            async with asyncio.timeout(_LAST):
                await self.commit()
        except TimeoutError:  # the broker is away: what is not committed is read again
            _log.warning("commit_abandoned", group=self._group, in_flight=self.in_flight)


def _ledger(tp: TopicPartition) -> Ledger:
    return Ledger(contiguous=tp.topic not in _COMPACTED)
