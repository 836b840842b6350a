"""What is committed is done; what is not done comes again; what breaks is raised."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.errors import NoOffsetForPartitionError

from streams.contracts.errors import ConfigError
from streams.contracts.step import Out, Record
from streams.contracts.topics import MAX_RECORD
from streams.kafka.consumer import Consumer
from streams.kafka.errors import OffsetGapError
from streams.kafka.offset_answers import committed_offsets
from streams.kafka.producer import Producer
from streams.kafka.topics import admin
from streams.settings.kafka import KafkaSettings
from tests.streams.kafka.conftest import MakeTopic

SESSION = timedelta(seconds=2)
WAIT = timedelta(milliseconds=300)


def _consumer(kafka: KafkaSettings, group: str, topic: str) -> Consumer:
    return Consumer(kafka, group=group, topics=[topic], client_id="test", session=SESSION)


async def _write(kafka: KafkaSettings, topic: str, numbers: Iterable[int]) -> None:
    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all([Out(topic=topic, key=b"%d" % n, value=b"%d" % n) for n in numbers])


async def _read(consumer: Consumer, count: int) -> list[Record]:
    found: list[Record] = []
    async with asyncio.timeout(20):
        while len(found) < count:
            found += await consumer.read(100, WAIT)
    return found


async def _committed(kafka: KafkaSettings, group: str) -> dict[TopicPartition, int]:
    async with admin(kafka) as client:
        return await committed_offsets(client, group)


def _numbers(records: list[Record]) -> list[int]:
    return sorted(int(record.value) for record in records)


async def test_a_new_group_starts_at_the_earliest_and_commits_its_start(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(3)
    await _write(kafka, topic, range(30))
    async with _consumer(kafka, group, topic) as consumer:
        assert _numbers(await _read(consumer, 30)) == list(range(30))
        assert consumer.in_flight == 30
        assert consumer.oldest_age > 0
        assert consumer.assignment == {(topic, 0), (topic, 1), (topic, 2)}
    assert await _committed(kafka, group) == {TopicPartition(topic, p): 0 for p in range(3)}


async def test_a_start_that_another_member_committed_meanwhile_is_gone_on_from(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    place = TopicPartition(topic, 0)
    await _write(kafka, topic, range(10))
    async with _consumer(kafka, group, topic) as consumer:
        await _read(consumer, 10)
        # What aiokafka found out before that commit, and tells only now.
        consumer._client._fetcher._set_error(place, NoOffsetForPartitionError(place))
        await _write(kafka, topic, range(10, 15))

        assert _numbers(await _read(consumer, 5)) == list(range(10, 15))
    assert await _committed(kafka, group) == {place: 0}


async def test_only_what_is_done_is_committed_in_whatever_order(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    await _write(kafka, topic, range(10))
    async with _consumer(kafka, group, topic) as consumer:
        records = await _read(consumer, 10)
        for offset in (9, 1, 0, 3, 5):
            consumer.done(records[offset])
        await consumer.commit()
        assert await _committed(kafka, group) == {TopicPartition(topic, 0): 2}
        consumer.done(records[2])
        await consumer.commit()
        assert await _committed(kafka, group) == {TopicPartition(topic, 0): 4}
        assert consumer.in_flight == 4
    async with _consumer(kafka, group, topic) as again:
        assert _numbers(await _read(again, 6)) == [4, 5, 6, 7, 8, 9]


async def test_what_is_done_is_committed_by_itself_within_about_a_second(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    await _write(kafka, topic, range(5))
    async with _consumer(kafka, group, topic) as consumer:
        for record in await _read(consumer, 5):
            consumer.done(record)
        await asyncio.sleep(1.5)
        assert await _committed(kafka, group) == {TopicPartition(topic, 0): 5}


async def test_closing_commits_what_is_done(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    await _write(kafka, topic, range(5))
    async with _consumer(kafka, group, topic) as consumer:
        for record in (await _read(consumer, 5))[:3]:
            consumer.done(record)
    assert await _committed(kafka, group) == {TopicPartition(topic, 0): 3}


async def test_batches_are_never_empty_and_never_larger_than_asked(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(2)
    await _write(kafka, topic, range(25))
    seen = 0
    async with _consumer(kafka, group, topic) as consumer:
        async for batch in consumer.batches(limit=10, wait=WAIT):
            assert 0 < len(batch) <= 10
            seen += len(batch)
            if seen == 25:
                break


async def test_a_paused_partition_waits_and_the_others_go_on(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(2)
    async with _consumer(kafka, group, topic) as consumer:
        consumer.pause(topic, 0)
        await _write(kafka, topic, range(40))
        records = await _read(consumer, 1)
        records += await consumer.read(100, WAIT)
        assert {record.partition for record in records} == {1}
        consumer.resume(topic, 0)
        records += await _read(consumer, 40 - len(records))
        assert _numbers(records) == list(range(40))


async def test_seek_reads_again_and_forgets_what_was_in_flight(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    await _write(kafka, topic, range(6))
    async with _consumer(kafka, group, topic) as consumer:
        first = await _read(consumer, 6)
        consumer.seek(topic, 0, 4)
        assert consumer.in_flight == 0
        consumer.done(first[0])  # from before the seek: ignored
        assert _numbers(await _read(consumer, 2)) == [4, 5]
        await consumer.commit()
    assert await _committed(kafka, group) == {TopicPartition(topic, 0): 4}


async def test_done_of_a_partition_that_went_away_is_ignored(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    await _write(kafka, topic, range(2))
    gone = 0

    def revoked() -> None:
        nonlocal gone
        gone += 1

    consumer = Consumer(
        kafka, group=group, topics=[topic], client_id="a", session=SESSION, on_revoked=revoked
    )
    async with consumer:
        records = await _read(consumer, 2)
        async with _consumer(kafka, group, topic):  # a second member: a rebalance
            async with asyncio.timeout(10):
                while not gone:
                    await consumer.read(100, WAIT)
        consumer.done(records[0])
        consumer.done(records[1])
        assert _numbers(await _read(consumer, 2)) == [0, 1]


async def test_a_committed_offset_that_the_broker_does_not_hold_names_the_command(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    await _write(kafka, topic, range(10))
    async with _consumer(kafka, group, topic) as consumer:
        consumer.done((await _read(consumer, 10))[0])
    async with admin(kafka) as client:
        await _delete_before(client, topic, 5)
    async with _consumer(kafka, group, topic) as consumer:
        with pytest.raises(ConfigError, match=f"{topic}:0:1.*python -m streams skip {group}"):
            await _read(consumer, 1)


async def test_a_jump_of_offsets_is_raised_to_the_reader(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    await _write(kafka, topic, range(5))
    async with _consumer(kafka, group, topic) as consumer:
        await _read(consumer, 5)
        await _write(kafka, topic, range(5, 10))
        consumer._client.seek(TopicPartition(topic, 0), 7)  # behind the consumer's back
        with pytest.raises(OffsetGapError, match="expected offset 5, got 7"):
            await _read(consumer, 1)


async def test_a_record_of_nearly_4_mib_is_read_among_small_ones(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(2)
    large = b"x" * (MAX_RECORD - 1024)
    async with Producer(kafka, client_id="test") as producer:
        for number in range(3):
            await producer.send(Out(topic=topic, key=b"%d" % number, value=large))
            await producer.send(Out(topic=topic, key=b"%d" % (number + 9), value=b"small"))
    async with _consumer(kafka, group, topic) as consumer:
        records = await _read(consumer, 6)
    assert sum(record.value == large for record in records) == 3


async def test_a_record_is_read_within_milliseconds_of_its_writing(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(4)
    async with (
        Producer(kafka, client_id="test") as producer,
        _consumer(kafka, group, topic) as consumer,
    ):
        loop, times = asyncio.get_running_loop(), []
        for number in range(30):
            started = loop.time()
            await producer.send(Out(topic=topic, key=b"%d" % number, value=b"v"))
            await _read(consumer, 1)
            times.append(loop.time() - started)
    assert sorted(times)[7] < 0.1  # a poll or a linger of 100 ms anywhere would show


async def _delete_before(client: AIOKafkaAdminClient, topic: str, offset: int) -> None:
    await client.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=offset)})
