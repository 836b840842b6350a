"""A group goes on past what the broker lost, and what it missed is written down first."""

from datetime import UTC, datetime

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from streams.contracts import topics as contract
from streams.contracts.codec import decode
from streams.contracts.errors import ConfigError
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.step import Out
from streams.kafka.consumer import Consumer
from streams.kafka.producer import Producer
from streams.kafka.skip import Skipped, skip
from streams.kafka.topics import admin
from streams.settings.kafka import KafkaSettings
from tests.streams.kafka.conftest import MakeTopic, read_all

NOW = datetime(2026, 5, 1, tzinfo=UTC)


async def _group_at_one_of_ten(kafka: KafkaSettings, topic: str, group: str) -> None:
    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all([Out(topic=topic, key=b"k", value=b"%d" % n) for n in range(10)])
    async with Consumer(kafka, group=group, topics=[topic], client_id="test") as consumer:
        consumer.done((await consumer.read())[0])


async def _delete_before(kafka: KafkaSettings, topic: str, offset: int) -> None:
    async with admin(kafka) as client:
        await client.delete_records(
            {TopicPartition(topic, 0): RecordsToDelete(before_offset=offset)}
        )


async def test_the_gap_is_recorded_and_the_group_goes_on_behind_it(
    kafka: KafkaSettings, make_topic: MakeTopic, topics: tuple[str, ...], group: str
) -> None:
    topic = await make_topic(1)
    await _group_at_one_of_ten(kafka, topic, group)
    await _delete_before(kafka, topic, 5)
    (gap,) = await skip(kafka, group, now=NOW)
    assert gap == Skipped(group=group, topic=topic, partition=0, committed=1, resumed=5)
    assert gap.missed == 4
    async with Consumer(kafka, group=group, topics=[topic], client_id="test") as consumer:
        assert [record.value for record in await consumer.read()] == [b"5", b"6", b"7", b"8", b"9"]
    (outcome,) = [o for o in await _outcomes(kafka) if group in o.detail]
    assert (outcome.kind, outcome.count) == (OutcomeKind.SKIPPED, 4)
    assert outcome.detail == f"{group} went from {topic}:0:1 to 5"
    assert outcome.received_at == NOW


async def _outcomes(kafka: KafkaSettings) -> list[Outcome]:
    records = await read_all(kafka, contract.OUTCOMES)
    return [decode(record.value, Outcome) for record in records]


async def test_a_group_that_is_in_range_is_left_where_it_is(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    await _group_at_one_of_ten(kafka, topic, group)
    assert await skip(kafka, group, now=NOW) == []
    async with Consumer(kafka, group=group, topics=[topic], client_id="test") as consumer:
        assert len(await consumer.read()) == 9


async def test_a_group_that_still_runs_is_refused(
    kafka: KafkaSettings, make_topic: MakeTopic, topics: tuple[str, ...], group: str
) -> None:
    topic = await make_topic(1)
    await _group_at_one_of_ten(kafka, topic, group)
    async with Consumer(kafka, group=group, topics=[topic], client_id="test"):
        await _delete_before(kafka, topic, 5)
        with pytest.raises(ConfigError, match="still has members"):
            await skip(kafka, group, now=NOW)


async def test_a_group_that_nobody_knows_is_refused_and_those_that_there_are_named(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    await _group_at_one_of_ten(kafka, await make_topic(1), group)
    with pytest.raises(ConfigError, match=rf"has committed anything.* there are .*\b{group}\b"):
        await skip(kafka, f"not-{group}", now=NOW)
