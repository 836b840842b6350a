"""Reads one record again, by its place: for a person who asks for it."""

import asyncio
from datetime import timedelta

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.contracts.errors import TransientError
from streams.contracts.step import Record
from streams.kafka.connection import client_options
from streams.kafka.ending import end
from streams.kafka.errors import our_errors
from streams.kafka.records import FETCH, as_record, ms
from streams.settings.kafka import KafkaSettings

_PATIENCE = timedelta(seconds=10)


async def record_at(kafka: KafkaSettings, place: str) -> Record | None:
    """`place`: topic:partition:offset, as tables have it. None: the topic holds it no more."""
    topic, partition, offset = place.rsplit(":", 2)
    client = AIOKafkaConsumer(
        **client_options(kafka),
        client_id="one-record",
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        max_partition_fetch_bytes=FETCH,
    )
    try:
        with our_errors(f"reading {place} again"):
            async with asyncio.timeout(_PATIENCE.total_seconds()):
                await client.start()
                return await _read(client, TopicPartition(topic, int(partition)), int(offset))
    finally:
        await end(client)


async def _read(client: AIOKafkaConsumer, tp: TopicPartition, offset: int) -> Record | None:
    client.assign([tp])
    starts, ends = await client.beginning_offsets([tp]), await client.end_offsets([tp])
    if not starts[tp] <= offset < ends[tp]:
        return None
    client.seek(tp, offset)
    found = await client.getmany(tp, timeout_ms=ms(_PATIENCE), max_records=1)
    for one in found.get(tp, ()):
        return as_record(one) if one.offset == offset else None
    raise TransientError(f"{tp.topic}: the broker sends nothing")
