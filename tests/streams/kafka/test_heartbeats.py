"""A broker that hangs is heard to be silent: its connections stay open, and a fetch just waits."""

from datetime import timedelta

from deploy.local.broker import Broker
from streams.kafka.consumer import Consumer
from streams.settings.kafka import KafkaSettings
from tests.hanging import hanging
from tests.streams.kafka.conftest import MakeTopic, until

SESSION = timedelta(seconds=2)


def _consumer(kafka: KafkaSettings, group: str, topic: str) -> Consumer:
    return Consumer(kafka, group=group, topics=[topic], client_id="ready", session=SESSION)


async def test_a_consumer_tells_of_a_broker_that_hangs_and_of_its_return(
    broker: Broker, kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    async with _consumer(kafka, group, await make_topic(1)) as consumer:
        assert consumer.silence() is None
        with hanging(broker):
            await until(consumer.silence)
            assert f"the broker has not answered {group} for " in (consumer.silence() or "")
            assert consumer.assignment, "what tells is the silence, not the partitions"
        await until(lambda: consumer.silence() is None)


async def test_an_idle_consumer_is_not_silent(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    async with _consumer(kafka, group, await make_topic(1)) as consumer:
        await consumer.read(wait=SESSION + timedelta(seconds=1))
        assert consumer.silence() is None
