"""How far behind a group is, in records and in the age of the oldest that waits, running or not."""

import asyncio

from streams.contracts.step import Out
from streams.kafka.consumer import Consumer
from streams.kafka.lag import GroupLag, group_lags
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings
from tests.streams.kafka.conftest import MakeTopic


async def _lags(kafka: KafkaSettings, group: str, topic: str) -> list[GroupLag]:
    return [lag for lag in await group_lags(kafka, [topic]) if lag.group == group]


async def _write(kafka: KafkaSettings, topic: str, count: int) -> None:
    async with Producer(kafka, client_id="test") as producer:
        for _number in range(count):
            await producer.send(Out(topic=topic, key=b"k", value=b"v"))


async def test_a_group_that_is_not_running_shows_what_waits_and_for_how_long(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    await _write(kafka, topic, 1)
    async with Consumer(kafka, group=group, topics=[topic], client_id="test") as consumer:
        for record in await consumer.read():
            consumer.done(record)
    (none,) = await _lags(kafka, group, topic)
    assert (none.records, none.seconds) == (0, 0.0)
    await _write(kafka, topic, 1)
    await asyncio.sleep(1.2)
    await _write(kafka, topic, 4)
    (lag,) = await _lags(kafka, group, topic)
    assert (lag.topic, lag.partition, lag.records) == (topic, 0, 5)
    assert 1.1 < lag.seconds < 10


async def test_what_is_read_and_not_done_still_waits(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    await _write(kafka, topic, 10)
    async with Consumer(kafka, group=group, topics=[topic], client_id="test") as consumer:
        records = await consumer.read()
        for record in records[:4]:
            consumer.done(record)
        await consumer.commit()
        (lag,) = await _lags(kafka, group, topic)
        assert lag.records == 6
        assert lag.seconds > 0


async def test_each_group_and_partition_is_told_apart(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(3)
    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all([Out(topic=topic, key=b"%d" % n, value=b"v") for n in range(30)])
    for name in (group, f"{group}-other"):
        async with Consumer(kafka, group=name, topics=[topic], client_id="test") as consumer:
            records = await consumer.read()
            for record in records:
                if record.partition == 0 and name == group:
                    consumer.done(record)
    mine, other = await _lags(kafka, group, topic), await _lags(kafka, f"{group}-other", topic)
    assert [lag.partition for lag in mine] == [lag.partition for lag in other] == [0, 1, 2]
    assert mine[0].records == 0
    assert sum(lag.records for lag in other) == 30
    assert [lag.records for lag in mine[1:]] == [lag.records for lag in other[1:]]


async def test_groups_that_only_read_other_topics_are_left_out(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    mine, others = await make_topic(1), await make_topic(1)
    await _write(kafka, others, 1)
    async with Consumer(kafka, group=group, topics=[others], client_id="test") as consumer:
        await consumer.read()
    assert await group_lags(kafka, [mine]) == []


async def test_many_partitions_are_asked_in_a_moment(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(24)
    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all([Out(topic=topic, key=b"%d" % n, value=b"v") for n in range(2000)])
    async with Consumer(kafka, group=group, topics=[topic], client_id="test") as consumer:
        await consumer.read()
    loop = asyncio.get_running_loop()
    started = loop.time()
    lags = await _lags(kafka, group, topic)
    assert sum(lag.records for lag in lags) == 2000
    assert all(lag.seconds > 0 for lag in lags)
    assert loop.time() - started < 10  # 24 fetches, none of which waits for another's turn
