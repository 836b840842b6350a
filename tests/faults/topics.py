"""Reading topics and offsets from outside, for what a test asserts."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import ConsumerRecord

from streams.kafka.connection import client_options
from streams.settings.kafka import KafkaSettings

Records = list[ConsumerRecord[bytes, bytes]]


async def read_all(kafka: KafkaSettings, topic: str) -> Records:
    """All that the topic holds now, in the order of each partition."""
    async with _reader(kafka, topic) as (consumer, ends):
        found: Records = []
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                found.extend(batch)
        return found


async def count_all(kafka: KafkaSettings, topic: str) -> int:
    """How many records of a topic that is not compacted were ever written."""
    async with _reader(kafka, topic) as (_, ends):
        return sum(ends.values())


async def committed(kafka: KafkaSettings, group: str, topic: str) -> int:
    """Sum of the group's committed offsets."""
    client = AIOKafkaAdminClient(**client_options(kafka))
    await client.start()
    try:
        offsets = await client.list_consumer_group_offsets(group)
    finally:
        await client.close()
    return sum(max(0, at.offset) for tp, at in offsets.items() if tp.topic == topic)


@asynccontextmanager
async def _reader(
    kafka: KafkaSettings, topic: str
) -> AsyncIterator[tuple[AIOKafkaConsumer, Mapping[TopicPartition, int]]]:
    consumer = AIOKafkaConsumer(**client_options(kafka), auto_offset_reset="earliest")
    await consumer.start()
    try:
        await consumer._client._wait_on_metadata(topic)
        places = [TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(places)
        yield consumer, await consumer.end_offsets(places)
    finally:
        await consumer.stop()
