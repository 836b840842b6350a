"""How far behind each group is, asked from the broker: whether its processes run or not."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from streams.contracts import topics as contract
from streams.kafka.connection import client_options
from streams.kafka.ending import end
from streams.kafka.errors import our_errors
from streams.kafka.offset_answers import committed_offsets
from streams.kafka.records import as_record, ms
from streams.kafka.topics import admin
from streams.observe import clock
from streams.settings.kafka import KafkaSettings

_PATIENCE = timedelta(seconds=5)
_OURS = frozenset(topic.name for topic in contract.ALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLag:
    """Of one partition: how many records wait, and the age of the oldest of them in seconds."""

    group: str
    topic: str
    partition: int
    records: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    group: str
    tp: TopicPartition
    offset: int


async def group_lags(kafka: KafkaSettings, topics: Collection[str] = _OURS) -> list[GroupLag]:
    """Every partition of `topics` on which a group has ever committed, in a stable order."""
    async with admin(kafka) as client:
        with our_errors("asking for the groups' offsets"):
            places = await _places(client, topics)
    if not places:
        return []
    reader = AIOKafkaConsumer(
        **client_options(kafka),
        client_id="lag",
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=1,  # the broker gives one batch at least
    )
    try:
        with our_errors("asking how far the groups are behind"):
            await reader.start()
            return await _lags(reader, places)
    finally:
        await end(reader)


async def _places(client: AIOKafkaAdminClient, topics: Collection[str]) -> list[_Place]:
    there = set(await client.list_topics()).intersection(topics)
    places = []
    for group, *_protocol in await client.list_consumer_groups():
        committed = await committed_offsets(client, group)
        places += [
            _Place(group=group, tp=tp, offset=offset)
            for tp, offset in committed.items()
            if tp.topic in there
        ]
    return sorted(places, key=lambda place: (place.group, place.tp))


async def _lags(reader: AIOKafkaConsumer, places: list[_Place]) -> list[GroupLag]:
    tps = sorted({place.tp for place in places})
    reader.assign(tps)
    starts = await reader.beginning_offsets(tps)
    ends = await reader.end_offsets(tps)
    reader.pause(*tps)
    lags = []
    for place in places:
        first = max(place.offset, starts[place.tp])
        waiting = max(0, ends[place.tp] - first)
        seconds = await _age(reader, place.tp, first) if waiting else 0.0
        lags.append(_lag(place, waiting, seconds))
    return lags


def _lag(place: _Place, records: int, seconds: float) -> GroupLag:
    return GroupLag(
        group=place.group,
        topic=place.tp.topic,
        partition=place.tp.partition,
        records=records,
        seconds=seconds,
    )


async def _age(reader: AIOKafkaConsumer, tp: TopicPartition, offset: int) -> float:
    reader.seek(tp, offset)
    reader.resume(tp)
    found = await reader.getmany(
        tp, timeout_ms=ms(_PATIENCE)
    )  # all: what is left over delays the next
    reader.pause(tp)
    records = found.get(tp, [])
    if not records:  # deleted, or compacted away to the end, since its offsets were asked
        return 0.0
    written = as_record(records[0]).timestamp_ms / 1000
    return max(0.0, clock.now().timestamp() - written)
