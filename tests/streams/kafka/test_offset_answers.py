"""A group that has committed is never taken for a new one, however early after a restart one asks."""

import asyncio

from aiokafka import TopicPartition
from aiokafka import errors as foreign
from aiokafka.protocol.commit import OffsetFetchResponse_v1, OffsetFetchResponse_v3

from deploy.local.broker import Broker
from streams.contracts.step import Out
from streams.kafka.consumer import Consumer
from streams.kafka.offset_answers import CheckedCoordinator, committed_offsets, refusal
from streams.kafka.producer import Producer
from streams.kafka.topics import admin
from streams.settings.kafka import KafkaSettings
from tests.streams.kafka.conftest import MakeTopic


def test_an_error_of_the_whole_request_is_seen() -> None:
    loading = OffsetFetchResponse_v3(0, [], foreign.GroupLoadInProgressError.errno)
    assert isinstance(refusal(loading), foreign.GroupLoadInProgressError)


def test_an_answer_without_an_error_is_none() -> None:
    assert refusal(OffsetFetchResponse_v3(0, [], 0)) is None
    assert refusal(OffsetFetchResponse_v1([])) is None


async def test_every_consumer_asks_through_the_checked_coordinator(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    async with Consumer(kafka, group=group, topics=[topic], client_id="test") as consumer:
        assert isinstance(consumer._client._coordinator, CheckedCoordinator)


async def test_asking_while_the_broker_restarts_never_gives_nothing(
    broker: Broker, kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    async with Producer(kafka, client_id="test") as producer:
        await producer.send(Out(topic=topic, key=b"k", value=b"v"))
    async with Consumer(kafka, group=group, topics=[topic], client_id="test") as consumer:
        for record in await consumer.read():
            consumer.done(record)
        await consumer.commit()
        place, answers = TopicPartition(topic, 0), []
        await asyncio.to_thread(broker.kill)
        starting = asyncio.create_task(asyncio.to_thread(broker.start))
        while not starting.done():
            answers.append(await consumer._client.committed(place))
        await starting
        async with admin(kafka) as client:
            for _attempt in range(20):
                assert await committed_offsets(client, group) == {place: 1}
    assert set(answers) == {1}
