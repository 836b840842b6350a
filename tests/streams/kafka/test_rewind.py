"""A group that lost what it wrote reads again what is kept, all of it or from a moment on."""

import asyncio
from datetime import datetime

import pytest

from streams.contracts.errors import ConfigError
from streams.contracts.step import Out
from streams.kafka.consumer import Consumer
from streams.kafka.producer import Producer
from streams.kafka.rewind import Rewound, rewind
from streams.observe import clock
from streams.settings.kafka import KafkaSettings
from tests.streams.kafka.conftest import MakeTopic


async def _write(kafka: KafkaSettings, topic: str, *values: bytes) -> None:
    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all([Out(topic=topic, key=b"k", value=value) for value in values])


async def _read(kafka: KafkaSettings, topic: str, group: str) -> list[bytes]:
    async with Consumer(kafka, group=group, topics=[topic], client_id="test") as consumer:
        records = await consumer.read()
        for record in records:
            consumer.done(record)
    return [record.value for record in records]


async def _read_twice(kafka: KafkaSettings, topic: str, group: str) -> datetime:
    """The moment between the two."""
    await _write(kafka, topic, b"1", b"2")
    assert await _read(kafka, topic, group) == [b"1", b"2"]
    await asyncio.sleep(0.05)
    between = clock.now()
    await asyncio.sleep(0.05)
    await _write(kafka, topic, b"3")
    assert await _read(kafka, topic, group) == [b"3"]
    return between


async def test_all_that_is_kept_is_read_again(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    await _read_twice(kafka, topic, group)

    assert await rewind(kafka, group, since=None) == [
        Rewound(topic=topic, partition=0, committed=3, resumed=0)
    ]
    assert await _read(kafka, topic, group) == [b"1", b"2", b"3"]


async def test_from_a_moment_on_only_what_was_written_since(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    between = await _read_twice(kafka, topic, group)

    (moved,) = await rewind(kafka, group, since=between)

    assert (moved.committed, moved.resumed) == (3, 2)
    assert await _read(kafka, topic, group) == [b"3"]


async def test_it_never_goes_forward(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    await _read_twice(kafka, topic, group)
    await _write(kafka, topic, b"4")

    assert await rewind(kafka, group, since=clock.now()) == []
    assert await _read(kafka, topic, group) == [b"4"]


async def test_a_group_that_still_runs_is_refused(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    await _read_twice(kafka, topic, group)
    async with Consumer(kafka, group=group, topics=[topic], client_id="test"):
        with pytest.raises(ConfigError, match="still has members"):
            await rewind(kafka, group, since=None)
