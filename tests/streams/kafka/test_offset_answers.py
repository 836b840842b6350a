"""A group that has committed is never taken for a new one, however early after a restart one asks."""

import asyncio

from aiokafka import TopicPartition
from aiokafka import errors as foreign
from aiokafka.protocol.commit import (
    OffsetFetchRequest,
    OffsetFetchResponse_v1,
    OffsetFetchResponse_v3,
)

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


class Script:
    """Stands for aiokafka's client: gives the answers that a broker gave, one after the other."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)

    async def send(self, node_id: int, request: object, *, group: object) -> object:
        assert isinstance(request, OffsetFetchRequest)
        return self.answers.pop(0)


def _asking(script: Script) -> CheckedCoordinator:
    coordinator = CheckedCoordinator.__new__(CheckedCoordinator)
    coordinator.group_id, coordinator.coordinator_id = "group", 1
    coordinator._client, coordinator._retry_backoff_ms = script, 1
    return coordinator


async def test_a_coordinator_that_loads_is_asked_again() -> None:
    place = TopicPartition("topic", 0)
    loading = OffsetFetchResponse_v3(0, [], foreign.GroupLoadInProgressError.errno)
    found = OffsetFetchResponse_v3(0, [("topic", [(0, 7, "", 0)])], 0)
    script = Script(loading, loading, found)
    offsets = await _asking(script).fetch_committed_offsets([place])
    assert offsets[place].offset == 7
    assert not script.answers


async def test_a_group_that_never_committed_is_still_told_so() -> None:
    none = OffsetFetchResponse_v3(0, [("topic", [(0, -1, "", 0)])], 0)
    assert await _asking(Script(none)).fetch_committed_offsets([TopicPartition("topic", 0)]) == {}


async def test_asking_right_after_a_restart_never_gives_nothing(
    broker: Broker, kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    async with Producer(kafka, client_id="test") as producer:
        await producer.send(Out(topic=topic, key=b"k", value=b"v"))
    async with Consumer(kafka, group=group, topics=[topic], client_id="test") as consumer:
        for record in await consumer.read():
            consumer.done(record)
    await asyncio.to_thread(broker.stop)
    await asyncio.to_thread(broker.start)
    async with admin(kafka) as client:
        for _attempt in range(20):
            assert await committed_offsets(client, group) == {TopicPartition(topic, 0): 1}
