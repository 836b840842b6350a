"""Gives a role once more what it met a defect on: after the fix, for a dead letter is read by nobody.

The record is written again to the topic that it came from, with the key that it had there, so its
role meets it as a new one; the ids of what it leads to are those that it would have had.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.contracts import topics
from streams.contracts.step import Out, Record
from streams.kafka.connection import client_options
from streams.kafka.ending import end
from streams.kafka.errors import our_errors
from streams.kafka.history import History
from streams.kafka.producer import Producer
from streams.kafka.records import FETCH, as_record
from streams.settings.kafka import KafkaSettings

HEADER_AGAIN = "again"  # the place at which it first met the defect
BUG = b"bug"
READ = frozenset(
    {topics.RAW, topics.POSTED, topics.PURCHASES, topics.CUSTOMER_INBOX, topics.OUTCOMES}
)
"""What Faust roles read: theirs are the dead letters of reason `bug`."""
_WAIT_MS = 10_000


class Place(NamedTuple):
    """Where a record stands."""

    topic: str
    partition: int
    offset: int

    @classmethod
    def read(cls, text: str) -> Self | None:
        """None for what is no place of a role's record."""
        topic, _, rest = text.partition(":")
        partition, _, offset = rest.partition(":")
        if topic not in READ or not (partition.isdigit() and offset.isdigit()):
            return None
        return cls(topic, int(partition), int(offset))

    def __str__(self) -> str:
        return f"{self.topic}:{self.partition}:{self.offset}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """`found`: by topic. `gone`: those that Kafka holds no more."""

    found: Mapping[str, int]
    gone: tuple[Place, ...] = ()


async def replay_defects(
    kafka: KafkaSettings, *, since: datetime | None = None, dry_run: bool = False
) -> Replayed:
    """Of dead letters from `since` on. One that met its defect twice is written once."""
    places = await _places(kafka, since)
    if dry_run or not places:
        return Replayed(found=_by_topic(places))
    records = await _originals(kafka, set(places.values()))
    outs = [_again(records[at], first) for first, at in places.items() if at in records]
    async with Producer(kafka, client_id="replay-defects") as producer:
        await producer.send_all(outs)
    gone = tuple(sorted(first for first, at in places.items() if at not in records))
    return Replayed(found=_by_topic(set(places) - set(gone)), gone=gone)


async def _places(kafka: KafkaSettings, since: datetime | None) -> dict[Place, Place]:
    """Where each was first met, to where it stands now."""
    found: dict[Place, Place] = {}
    async with History(kafka, topics.DEAD, since=since) as history:
        async for batch in history.batches():
            for letter in batch:
                at = _place(letter, topics.HEADER_SOURCE)
                if letter.header(topics.HEADER_REASON) == BUG and at is not None:
                    found[_place(letter, HEADER_AGAIN) or at] = at
    return found


def _place(letter: Record, header: str) -> Place | None:
    return Place.read((letter.header(header) or b"").decode(errors="replace"))


async def _originals(kafka: KafkaSettings, places: set[Place]) -> dict[Place, Record]:
    """Without those that are gone. A dead letter has no key, what it was made of has."""
    reader = AIOKafkaConsumer(
        **client_options(kafka),
        client_id="replay-defects",
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH,
    )
    try:
        with our_errors("reading what met a defect"):
            await reader.start()
            held = await _held(reader, places)
            records = [await _at(reader, place) for place in sorted(held)]
    finally:
        await end(reader)
    return {Place(r.topic, r.partition, r.offset): r for r in records if r is not None}


async def _held(reader: AIOKafkaConsumer, places: set[Place]) -> list[Place]:
    """What is gone would be waited for."""
    tps = {place: TopicPartition(place.topic, place.partition) for place in places}
    starts = await reader.beginning_offsets(list(set(tps.values())))
    ends = await reader.end_offsets(list(set(tps.values())))
    return [place for place, tp in tps.items() if starts[tp] <= place.offset < ends[tp]]


async def _at(reader: AIOKafkaConsumer, place: Place) -> Record | None:
    tp = TopicPartition(place.topic, place.partition)
    reader.assign([tp])
    reader.seek(tp, place.offset)
    found = (await reader.getmany(tp, timeout_ms=_WAIT_MS, max_records=1)).get(tp, [])
    return as_record(found[0]) if found and found[0].offset == place.offset else None


def _again(record: Record, first: Place) -> Out:
    kept = tuple(header for header in record.headers if header[0] != HEADER_AGAIN)
    return Out(
        topic=record.topic,
        key=record.key,
        value=record.value,
        headers=(*kept, (HEADER_AGAIN, str(first).encode())),
    )


def _by_topic(places: Mapping[Place, Place] | set[Place]) -> dict[str, int]:
    names = [place.topic for place in places]
    return {name: names.count(name) for name in sorted(set(names))}
