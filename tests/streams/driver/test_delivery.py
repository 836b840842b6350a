"""Records reach their topics whole, in order, where every other producer would put them."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.structs import ConsumerRecord

from streams.contracts.errors import UnencodableError
from streams.contracts.step import Out
from streams.contracts.topics import MAX_RECORD, Topic
from streams.driver.delivery import LARGEST_OUT, Delivery, check_size
from streams.kafka.connection import client_options
from streams.kafka.producer import Producer
from streams.kafka.topics import create_and_check
from streams.settings.kafka import KafkaSettings
from tests.faults.topics import Records, read_all


@pytest.fixture
async def topic(kafka: KafkaSettings) -> str:
    """A topic of its own with 4 partitions."""
    name = f"delivery-{uuid.uuid4().hex[:8]}"
    await create_and_check(
        kafka,
        partitions=4,
        replication=1,
        local=True,
        topics=(Topic(name=name, retention=timedelta(days=1)),),
    )
    return name


@pytest.fixture
async def producer(kafka: KafkaSettings) -> AsyncIterator[AIOKafkaProducer]:
    """As the driver's own."""
    client = AIOKafkaProducer(
        **client_options(kafka),
        acks="all",
        enable_idempotence=True,
        max_batch_size=MAX_RECORD,
        max_request_size=MAX_RECORD,
    )
    await client.start()
    yield client
    await client.stop()


async def test_keys_go_where_other_producers_put_them_and_in_order(
    kafka: KafkaSettings, topic: str, producer: AIOKafkaProducer
) -> None:
    outs = [Out(topic=topic, key=b"k%d" % (n % 50), value=b"%d" % n) for n in range(500)]

    await Delivery(producer).deliver(outs)
    async with Producer(kafka, client_id="other") as other:
        await other.send_all([Out(topic=topic, key=b"k%d" % n, value=b"last") for n in range(50)])

    found = _by_key(await read_all(kafka, topic))
    for number in range(50):
        expected = [b"%d" % n for n in range(number, 500, 50)]
        assert [one.value for one in found[b"k%d" % number]] == [*expected, b"last"]
        assert len({one.partition for one in found[b"k%d" % number]}) == 1


async def test_headers_and_tombstones_arrive_as_they_are(
    kafka: KafkaSettings, topic: str, producer: AIOKafkaProducer
) -> None:
    headers = (("kind", b"due"), ("kind", b"again"), ("raw", b"\x00\xff"))
    outs = [
        Out(topic=topic, key=b"a", value=b"1", headers=headers),
        Out(topic=topic, key=b"a", value=None),
    ]

    await Delivery(producer).deliver(outs)

    first, second = await read_all(kafka, topic)
    assert first.headers == headers
    assert (second.value, second.headers) == (None, ())


async def test_records_without_a_key_are_spread_over_the_partitions(
    kafka: KafkaSettings, topic: str, producer: AIOKafkaProducer
) -> None:
    delivery = Delivery(producer)
    for _ in range(4):
        await delivery.deliver([Out(topic=topic, key=None, value=b"v")] * 3)

    places = [one.partition for one in await read_all(kafka, topic)]
    assert [places.count(partition) for partition in range(4)] == [3, 3, 3, 3]


async def test_the_largest_record_and_more_than_a_batch_of_them_arrive(
    kafka: KafkaSettings, topic: str, producer: AIOKafkaProducer
) -> None:
    outs = [Out(topic=topic, key=b"k", value=bytes([n]) * (LARGEST_OUT - 1)) for n in range(3)]
    for out in outs:
        check_size(out)

    await Delivery(producer).deliver(outs)

    assert [one.value for one in await read_all(kafka, topic)] == [out.value for out in outs]


def test_a_record_above_the_largest_is_refused_with_its_size() -> None:
    out = Out(topic="t", key=b"k", value=b"", headers=(("h", b"x" * LARGEST_OUT),))

    with pytest.raises(UnencodableError, match=f"a record of {LARGEST_OUT + 2} bytes for t"):
        check_size(out)


class Slow:
    """A producer that notes what is written when, for the order of two topics."""

    def __init__(self) -> None:
        self.log: list[str] = []

    async def partitions_for(self, _topic: str) -> set[int]:
        return {0}

    def _partition(self, *_args: object) -> int:
        return 0

    def create_batch(self) -> "SlowBatch":
        return SlowBatch()

    async def send_batch(
        self, _batch: object, topic: str, *, partition: int
    ) -> "asyncio.Future[ConsumerRecord[bytes, bytes]]":
        self.log.append(f"{topic} sent")
        return asyncio.ensure_future(self._acknowledge(topic))

    async def _acknowledge(self, topic: str) -> "ConsumerRecord[bytes, bytes]":
        await asyncio.sleep(0.01)
        self.log.append(f"{topic} acknowledged")
        return ConsumerRecord(topic, 0, 0, 0, 0, None, None, None, 0, 0, ())


class SlowBatch:
    """Takes every record."""

    def append(self, **_record: object) -> Sequence[object]:
        return ()

    def record_count(self) -> int:
        return 1


async def test_a_first_topic_is_acknowledged_before_any_other_is_sent() -> None:
    slow = Slow()
    outs = [Out(topic=name, key=b"k", value=b"") for name in ("events", "customers", "others")]

    await Delivery(slow, first=("customers",)).deliver(outs)

    assert slow.log[:2] == ["customers sent", "customers acknowledged"]
    assert set(slow.log[2:4]) == {"events sent", "others sent"}


def _by_key(records: Records) -> dict[bytes, Records]:
    found: dict[bytes, Records] = {}
    for one in records:
        found.setdefault(one.key or b"", []).append(one)
    return found
