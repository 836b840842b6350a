"""What `send` returned from is there, once and in order; what it could not do, it says."""

import asyncio
import time
from datetime import timedelta

import pytest
from aiokafka import TopicPartition

from deploy.local.broker import Broker
from streams.contracts.errors import ConfigError, TransientError, UnencodableError
from streams.contracts.step import Out
from streams.contracts.topics import MAX_RECORD
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings
from tests.streams.kafka.conftest import MakeTopic, read_all


async def test_a_record_is_written_with_key_value_and_headers(
    kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic()
    headers = (("kind", b"notification"), ("empty", b""))
    async with Producer(kafka, client_id="test") as producer:
        await producer.send(Out(topic=topic, key=b"k", value=b"v", headers=headers))
    (record,) = await read_all(kafka, topic)
    assert (record.key, record.value, record.headers) == (b"k", b"v", headers)
    assert record.timestamp_ms > 0


async def test_records_of_one_key_keep_their_order(
    kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic()
    outs = [Out(topic=topic, key=b"%d" % (n % 7), value=b"%d" % n) for n in range(2000)]
    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all(outs)
    found = await read_all(kafka, topic)
    assert len(found) == 2000
    for key in range(7):
        values = [int(record.value) for record in found if record.key == b"%d" % key]
        assert values == sorted(values)


async def test_every_record_is_written_once_though_the_broker_stops_for_3_seconds(
    broker: Broker, kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic()
    async with Producer(kafka, client_id="test") as producer:
        sending = asyncio.create_task(_send_slowly(producer, topic, 600))
        await asyncio.sleep(0.5)
        await asyncio.to_thread(_stop_for, broker, 3.0)
        assert not sending.done()  # records were on their way at the fault
        await sending
    found = await read_all(kafka, topic)
    assert sorted(int(record.value) for record in found) == list(range(600))


async def _send_slowly(producer: Producer, topic: str, count: int) -> None:
    for start in range(0, count, 10):
        await producer.send_all(
            [Out(topic=topic, key=b"%d" % n, value=b"%d" % n) for n in range(start, start + 10)]
        )
        await asyncio.sleep(0.02)


def _stop_for(broker: Broker, seconds: float) -> None:
    broker.kill()
    time.sleep(seconds)
    broker.start()


async def test_while_the_broker_is_away_a_send_ends_in_time_and_says_that_it_may_be_tried_again(
    broker: Broker, kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(1)
    producer = Producer(kafka, client_id="test", timeout=timedelta(seconds=1))
    loop = asyncio.get_running_loop()
    async with producer:
        await producer.send(Out(topic=topic, key=b"k", value=b"before"))
        await asyncio.to_thread(broker.stop)
        started = loop.time()
        with pytest.raises(TransientError):
            await producer.send(Out(topic=topic, key=b"k", value=b"during"))
        assert 0.9 < loop.time() - started < 10  # aiokafka's own patience is 40 s
        await asyncio.to_thread(broker.start)
        await _send_when_it_is_back(producer, Out(topic=topic, key=b"k", value=b"after"))
    values = [record.value for record in await read_all(kafka, topic)]
    assert values[0] == b"before"
    assert values[-1] == b"after"


async def _send_when_it_is_back(producer: Producer, out: Out) -> None:
    for _attempt in range(20):
        try:
            return await producer.send(out)
        except TransientError:
            await asyncio.sleep(0.2)
    raise AssertionError("the producer did not come back")


async def test_closing_while_the_broker_is_away_ends(
    broker: Broker, kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(1)
    async with asyncio.timeout(20):
        async with Producer(kafka, client_id="test", timeout=timedelta(seconds=1)) as producer:
            await producer.send(Out(topic=topic, key=b"k", value=b"before"))
            await asyncio.to_thread(broker.stop)
            with pytest.raises(TransientError):
                await producer.send(Out(topic=topic, key=b"k", value=b"lost"))
    await asyncio.to_thread(broker.start)


async def test_a_record_of_nearly_4_mib_is_written_and_a_larger_one_is_unencodable(
    kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(1)
    large = b"x" * (MAX_RECORD - 1024)
    async with Producer(kafka, client_id="test") as producer:
        await producer.send(Out(topic=topic, key=b"k", value=large))
        with pytest.raises(UnencodableError):
            await producer.send(Out(topic=topic, key=b"k", value=b"x" * MAX_RECORD))
        await producer.send(Out(topic=topic, key=b"k", value=b"after"))
    first, second = await read_all(kafka, topic)
    assert first.value == large
    assert second.value == b"after"


async def test_a_topic_that_is_not_there_is_an_error_that_names_the_command(
    kafka: KafkaSettings,
) -> None:
    async with Producer(kafka, client_id="test") as producer:
        with pytest.raises(
            ConfigError, match=r"no topic test\.nowhere: run python -m streams topics"
        ):
            await producer.send(Out(topic="test.nowhere", key=b"k", value=b"v"))


async def test_after_the_broker_refuses_its_identity_the_producer_takes_a_new_one(
    kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(1)
    async with Producer(kafka, client_id="test") as producer:
        await producer.send(Out(topic=topic, key=b"k", value=b"1"))
        assert producer._life.client is not None
        numbers = producer._life.client._txn_manager._sequence_numbers
        numbers[TopicPartition(topic, 0)] += 1000  # a jump, as after batches that were given up
        with pytest.raises(TransientError, match="OutOfOrderSequenceNumber"):
            await producer.send(Out(topic=topic, key=b"k", value=b"2"))
        await producer.send(Out(topic=topic, key=b"k", value=b"3"))
    assert [record.value for record in await read_all(kafka, topic)] == [b"1", b"3"]


async def test_a_broker_that_is_not_there_is_transient_and_names_the_setting() -> None:
    with pytest.raises(TransientError, match="SN_KAFKA"):
        async with Producer(KafkaSettings(bootstrap="127.0.0.1:1"), client_id="test"):
            pass


async def test_a_closed_producer_says_so(kafka: KafkaSettings, make_topic: MakeTopic) -> None:
    topic = await make_topic(1)
    async with Producer(kafka, client_id="test") as producer:
        await producer.send(Out(topic=topic, key=b"k", value=b"v"))
    with pytest.raises(TransientError, match="closed"):
        await producer.send(Out(topic=topic, key=b"k", value=b"v"))
