"""Reads records again by where they stand: dead letters and tables name the place that they came from."""

import asyncio
from collections.abc import Collection
from datetime import timedelta
from typing import NamedTuple, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.contracts.errors import TransientError
from streams.contracts.step import Record
from streams.kafka.connection import client_options
from streams.kafka.ending import end
from streams.kafka.errors import our_errors
from streams.kafka.records import FETCH, as_record, ms
from streams.settings.kafka import KafkaSettings

_PATIENCE = timedelta(seconds=10)  # for one record


class Place(NamedTuple):
    """Where a record stands."""

    topic: str
    partition: int
    offset: int

    @classmethod
    def read(cls, text: str) -> Self | None:
        """None for what is no place."""
        topic, _, rest = text.partition(":")
        partition, _, offset = rest.partition(":")
        if not (topic and partition.isdigit() and offset.isdigit()):
            return None
        return cls(topic, int(partition), int(offset))

    def __str__(self) -> str:
        return f"{self.topic}:{self.partition}:{self.offset}"


async def record_at(kafka: KafkaSettings, place: Place) -> Record | None:
    """For a person who waits for it. None: the topic holds it no more."""
    with our_errors(f"reading {place} again"):
        async with asyncio.timeout(_PATIENCE.total_seconds()):
            return (await records_at(kafka, {place})).get(place)


async def records_at(kafka: KafkaSettings, places: Collection[Place]) -> dict[Place, Record]:
    """Without those that are gone. Raise TransientError when the broker does not send one that it has."""
    client = AIOKafkaConsumer(
        **client_options(kafka),
        client_id="places",
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        max_partition_fetch_bytes=FETCH,
    )
    try:
        with our_errors("reading records by their places"):
            await client.start()
            found = {place: await _at(client, place) for place in await _held(client, places)}
    finally:
        await end(client)
    return {place: record for place, record in found.items() if record is not None}


async def _held(client: AIOKafkaConsumer, places: Collection[Place]) -> list[Place]:
    """In order. What is gone would be waited for."""
    tps = {place: TopicPartition(place.topic, place.partition) for place in sorted(places)}
    starts = await client.beginning_offsets(list(set(tps.values())))
    ends = await client.end_offsets(list(set(tps.values())))
    return [place for place, tp in tps.items() if starts[tp] <= place.offset < ends[tp]]


async def _at(client: AIOKafkaConsumer, place: Place) -> Record | None:
    tp = TopicPartition(place.topic, place.partition)
    client.assign([tp])
    client.seek(tp, place.offset)
    found = await client.getmany(tp, timeout_ms=ms(_PATIENCE), max_records=1)
    for one in found.get(tp, ()):
        return as_record(one) if one.offset == place.offset else None
    raise TransientError(f"{place}: the broker sends nothing; try again")
