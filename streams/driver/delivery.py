"""Records to their topics: a batch a partition, returned from when the broker has them all."""

import asyncio
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import count

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder

from streams.contracts.errors import UnencodableError
from streams.contracts.step import Headers, Out
from streams.contracts.topics import MAX_RECORD

# What a batch adds, and the headers that a dead letter of this record will add, have room.
LARGEST_OUT = MAX_RECORD - 16 * 1024
_KEYS_PLACED = 100_000


def check_size(out: Out) -> None:
    """Raise UnencodableError when no topic takes this record."""
    size = len(out.key or b"") + len(out.value or b"")
    size += sum(len(name) + len(value) for name, value in out.headers)
    if size > LARGEST_OUT:
        raise UnencodableError(f"a record of {size} bytes for {out.topic}; {LARGEST_OUT} fit")


class Batches:
    """Records of one partition, packed: one request and one future for all of them."""

    def __init__(self, producer: AIOKafkaProducer, topic: str, partition: int) -> None:
        self._producer, self._topic, self._partition = producer, topic, partition
        self._builders: list[BatchBuilder] = [producer.create_batch()]

    def add(self, key: bytes | None, value: bytes | None, headers: Headers = ()) -> None:
        """Behind those added before."""
        if not self._append(key, value, headers):
            self._builders.append(self._producer.create_batch())
            if not self._append(key, value, headers):
                raise UnencodableError(f"a record for {self._topic} fits no batch")

    async def deliver(self) -> int:
        """Return the offset of the last record, once the broker has them all."""
        last = -1
        for builder in self._builders:
            sent = await self._producer.send_batch(builder, self._topic, partition=self._partition)
            last = (await sent).offset + builder.record_count() - 1
        return last

    def _append(self, key: bytes | None, value: bytes | None, headers: Headers) -> bool:
        builder = self._builders[-1]
        added = builder.append(timestamp=None, key=key, value=value, headers=list(headers))
        return added is not None


class Delivery:
    """`first`: topics that are delivered before all others, in this order."""

    def __init__(self, producer: AIOKafkaProducer, first: Sequence[str] = ()) -> None:
        self._producer = producer
        self._rank = {topic: rank for rank, topic in enumerate(first)}
        self._partitions: dict[str, int] = {}
        self._turn = count()
        self._place = lru_cache(_KEYS_PLACED)(self._place_of)

    async def deliver(self, outs: Iterable[Out]) -> None:
        """Return when the broker has all; per topic and partition in the order given."""
        waves: dict[int, list[Out]] = {}
        for out in outs:
            waves.setdefault(self._rank.get(out.topic, len(self._rank)), []).append(out)
        for rank in sorted(waves):
            await self._deliver_together(waves[rank])

    def batches(self, topic: str, partition: int) -> Batches:
        """To fill and deliver by itself."""
        return Batches(self._producer, topic, partition)

    async def _deliver_together(self, outs: list[Out]) -> None:
        for topic in {out.topic for out in outs} - self._partitions.keys():
            self._partitions[topic] = len(await self._producer.partitions_for(topic))
        turn = next(self._turn)
        rows: dict[tuple[str, int], Batches] = {}
        for out in outs:
            place = (out.topic, self._partition(out, turn))
            if place not in rows:
                rows[place] = self.batches(*place)
            rows[place].add(out.key, out.value, out.headers)
        await asyncio.gather(*(batches.deliver() for batches in rows.values()))

    def _partition(self, out: Out, turn: int) -> int:
        """Without a key: any, another each cycle."""
        if out.key is None:
            return turn % self._partitions[out.topic]
        return self._place(out.topic, out.key)

    def _place_of(self, topic: str, key: bytes) -> int:
        # aiokafka's own choice, Java's murmur2: 9 us for a key of 64 bytes, so it is remembered
        return self._producer._partition(topic, None, None, None, key, None)  # type: ignore[no-any-return] # noqa: SLF001
