"""Batches of the producer: all of one in one partition, and what does not fit is left to the caller."""

import asyncio

import pytest

from streams.contracts.errors import ConfigError
from streams.contracts.step import Out
from streams.contracts.topics import POINTERS
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings
from tests.ingress.doors import Tail


def out(size: int, *headers: tuple[str, bytes]) -> Out:
    return Out(topic=POINTERS, key=None, value=b"x" * size, headers=headers)


@pytest.mark.usefixtures("topics")
async def test_a_batch_is_in_its_partition_when_it_returns(kafka: KafkaSettings) -> None:
    async with Producer(kafka, client_id="test") as producer, Tail(kafka, POINTERS) as tail:
        partition = (await producer.partitions(POINTERS))[-1]
        outs = [out(size, ("n", b"%d" % size)) for size in range(10)]

        assert await producer.send_batch(outs, partition=partition) == 10

        records = await tail.read()
    assert [record.value for record in records] == [one.value for one in outs]
    assert [record.headers for record in records] == [one.headers for one in outs]
    assert {record.partition for record in records} == {partition}
    assert {record.key for record in records} == {None}


@pytest.mark.usefixtures("topics")
async def test_what_does_not_fit_is_left_and_one_large_record_always_fits(
    kafka: KafkaSettings,
) -> None:
    large = [out(600_000), out(600_000)]
    async with Producer(kafka, client_id="test") as producer:
        assert await producer.send_batch(large, partition=0) == 1
        assert await producer.send_batch([out(1_200_000)], partition=0) == 1


@pytest.mark.usefixtures("topics")
async def test_batches_of_several_partitions_go_side_by_side(kafka: KafkaSettings) -> None:
    async with Producer(kafka, client_id="test") as producer, Tail(kafka, POINTERS) as tail:
        partitions = await producer.partitions(POINTERS)
        sent = [producer.send_batch([out(n)] * 3, partition=n) for n in partitions]
        assert await asyncio.gather(*sent) == [3] * len(partitions)
        found = await tail.read()
    assert sorted(record.partition for record in found) == sorted(partitions * 3)


@pytest.mark.usefixtures("topics")
async def test_many_without_a_key_go_in_batches_and_those_with_one_keep_their_order(
    kafka: KafkaSettings,
) -> None:
    keyless = [out(n) for n in range(1, 60)]
    keyed = [Out(topic=POINTERS, key=b"k", value=b"%d" % n) for n in range(20)]
    mixed = [one for pair in zip(keyless[:20], keyed, strict=True) for one in pair] + keyless[20:]
    large = [out(600_000)] * 4  # more than a batch holds
    async with Producer(kafka, client_id="test") as producer, Tail(kafka, POINTERS) as tail:
        await producer.send_all(mixed)
        await producer.send_all(keyless[:4])
        await producer.send_all(large)
        found = await tail.read()

    plain = [len(record.value) for record in found if record.key is None]
    assert sorted(plain) == sorted([*range(1, 60), 1, 2, 3, 4, *[600_000] * 4])
    assert [r.value for r in found if r.key == b"k"] == [one.value for one in keyed]
    assert len({record.partition for record in found if record.key is None}) > 1


async def test_a_topic_that_is_not_there_is_named(kafka: KafkaSettings) -> None:
    async with Producer(kafka, client_id="test") as producer:
        with pytest.raises(ConfigError, match=r"test\.none"):
            await producer.partitions("test.none")
