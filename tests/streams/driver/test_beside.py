"""A followed topic is known wholly when it is entered, and goes on being known."""

import asyncio
import uuid

from streams.contracts.step import Out, Record
from streams.contracts.topics import Topic
from streams.driver.beside import Followed
from streams.kafka.producer import Producer
from streams.kafka.topics import create_and_check
from streams.settings.kafka import KafkaSettings


async def test_it_is_read_wholly_before_the_first_record_and_then_followed(
    kafka: KafkaSettings,
) -> None:
    name = f"beside-{uuid.uuid4().hex[:8]}"
    topic = Topic(name=name, retention=None, single=True)
    await create_and_check(kafka, partitions=4, replication=1, local=True, topics=(topic,))
    seen: list[Record] = []
    all_seen = asyncio.Event()

    def see(record: Record) -> None:
        seen.append(record)
        if record.key == b"100":
            all_seen.set()

    followed = Followed(kafka, name, see)
    assert followed.problem() is None

    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all([Out(topic=name, key=b"%d" % n, value=b"v") for n in range(100)])
        async with followed:
            assert len(seen) == 100
            await producer.send(Out(topic=name, key=b"100", value=b"v"))
            await asyncio.wait_for(all_seen.wait(), 10)
            assert followed.problem() is None

    assert [record.key for record in seen] == [b"%d" % n for n in range(101)]
