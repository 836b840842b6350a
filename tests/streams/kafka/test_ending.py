"""A consumer ends at the moments at which aiokafka's own stop fails."""

import asyncio

from aiokafka import AIOKafkaConsumer

from deploy.local.broker import Broker
from streams.kafka.ending import end
from streams.settings.kafka import KafkaSettings
from tests.streams.kafka.conftest import MakeTopic


async def test_one_that_never_started_ends(kafka: KafkaSettings) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=None)
    await end(consumer)
    assert consumer._closed


async def test_one_that_has_just_started_ends(kafka: KafkaSettings) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=None)
    await consumer.start()
    await end(consumer)
    assert consumer._closed


async def test_one_whose_partitions_are_just_going_away_ends(
    kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    async def going() -> bool:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(10)
        return False

    consumer = AIOKafkaConsumer(
        await make_topic(1), bootstrap_servers=kafka.bootstrap, group_id=None
    )
    await consumer.start()
    await consumer.getmany(timeout_ms=100)
    request = asyncio.create_task(going())
    consumer._fetcher._pending_tasks.add(request)
    consumer.unsubscribe()
    await asyncio.sleep(0.3)
    assert request.cancelling() == 1  # given up by who fetches, and waited for

    async with asyncio.timeout(5):
        await end(consumer)
    assert consumer._closed


async def test_one_that_waits_for_the_broker_to_come_back_ends(
    broker: Broker, kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    consumer = AIOKafkaConsumer(
        await make_topic(1), bootstrap_servers=kafka.bootstrap, group_id=None, retry_backoff_ms=5000
    )
    await consumer.start()
    await consumer.getmany(timeout_ms=100)
    await asyncio.to_thread(broker.stop)
    await asyncio.sleep(1)  # the fetch under way has failed, and waits to be tried again
    assert consumer._fetcher._pending_tasks
    await end(consumer)
    await asyncio.to_thread(broker.start)
