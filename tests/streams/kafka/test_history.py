"""A topic read from a moment up to now, by nobody's group."""

import asyncio
from datetime import UTC, datetime

from streams.contracts.step import Out, Record
from streams.kafka.history import History
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings
from tests.streams.kafka.conftest import MakeTopic, read_all


async def write(kafka: KafkaSettings, topic: str, numbers: range) -> None:
    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all(
            [Out(topic=topic, key=b"%d" % (n % 10), value=b"%d" % n) for n in numbers]
        )


async def values(history: History) -> list[int]:
    found: list[Record] = []
    async with history:
        total = history.total
        async for batch in history.batches():
            found += batch
    assert len(found) == total
    return sorted(int(record.value) for record in found)


async def test_all_that_a_topic_holds_is_read_once_and_it_ends(
    kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(3)
    await write(kafka, topic, range(2500))

    async with asyncio.timeout(20):
        assert await values(History(kafka, topic)) == list(range(2500))


async def test_it_begins_at_a_moment_of_the_brokers_clock(
    kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(2)
    await write(kafka, topic, range(100))
    await asyncio.sleep(0.05)
    await write(kafka, topic, range(100, 120))
    late = [r.timestamp_ms for r in await read_all(kafka, topic) if int(r.value) >= 100]

    since = datetime.fromtimestamp(min(late) / 1000, UTC)

    assert await values(History(kafka, topic, since=since)) == list(range(100, 120))


async def test_from_a_moment_after_the_last_record_there_is_nothing(
    kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(2)
    await write(kafka, topic, range(10))

    assert await values(History(kafka, topic, since=datetime(2100, 1, 1, tzinfo=UTC))) == []


async def test_what_is_written_after_its_start_is_not_its_business(
    kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(1)
    await write(kafka, topic, range(10))

    async with History(kafka, topic) as history:
        await write(kafka, topic, range(10, 20))
        found = [record async for batch in history.batches() for record in batch]

    assert len(found) == 10
