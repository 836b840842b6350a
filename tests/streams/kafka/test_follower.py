"""A follower has read all that there was at its start, and all that there is when asked to catch up."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from deploy.local.broker import Broker
from streams.contracts.errors import MalformedError, TransientError
from streams.contracts.step import Out, Record
from streams.kafka.follower import Follower
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings
from tests.streams.kafka.conftest import MakeTopic, until


class Table:
    """The newest value of each key, as whoever follows a topic holds it."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}
        self.count = 0

    def take(self, record: Record) -> None:
        self.count += 1
        assert record.key is not None
        if record.value:
            self.rows[record.key] = record.value
        else:
            self.rows.pop(record.key, None)


async def test_it_reads_a_compacted_topic_wholly_before_it_has_started(
    kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    topic, table = await make_topic(3, compacted=True), Table()
    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all(
            [Out(topic=topic, key=b"%d" % (n % 100), value=b"%d" % n) for n in range(5000)]
        )
        await producer.send(Out(topic=topic, key=b"7", value=None))
    follower = Follower(kafka, topic, table.take)
    await follower.start()
    await follower.stop()
    assert table.count == 5001
    assert table.rows == {b"%d" % n: b"%d" % (4900 + n) for n in range(100) if n != 7}


async def test_an_empty_topic_is_read_at_once(kafka: KafkaSettings, make_topic: MakeTopic) -> None:
    table = Table()
    follower = Follower(kafka, await make_topic(2, compacted=True), table.take)
    async with asyncio.timeout(5):
        await follower.start()
    assert follower.problem() is None
    await follower.stop()


async def test_catching_up_sees_everything_written_before(
    kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    topic, table = await make_topic(3, compacted=True), Table()
    follower = Follower(kafka, topic, table.take)
    await follower.start()
    async with Producer(kafka, client_id="test") as producer:
        for number in range(50):
            await producer.send(Out(topic=topic, key=b"%d" % number, value=b"v"))
            await follower.caught_up()
            assert b"%d" % number in table.rows
    await follower.stop()


async def test_catching_up_takes_milliseconds(kafka: KafkaSettings, make_topic: MakeTopic) -> None:
    topic, table, times = await make_topic(3, compacted=True), Table(), []
    follower, loop = Follower(kafka, topic, table.take), asyncio.get_running_loop()
    await follower.start()
    async with Producer(kafka, client_id="test") as producer:
        for number in range(20):
            await producer.send(Out(topic=topic, key=b"%d" % number, value=b"v"))
            started = loop.time()
            await follower.caught_up()
            times.append(loop.time() - started)
    await follower.stop()
    assert sorted(times)[5] < 0.1  # by its pauses, were there any, each would be as late


async def test_what_fails_on_a_record_is_raised_at_the_start(
    kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(1, compacted=True)
    async with Producer(kafka, client_id="test") as producer:
        await producer.send(Out(topic=topic, key=b"k", value=b"bad"))
    with pytest.raises(MalformedError, match="bad"):
        await Follower(kafka, topic, _refuse).start()


async def test_what_fails_later_is_told_and_raised_to_whoever_catches_up(
    kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(1, compacted=True)
    follower = Follower(kafka, topic, _refuse)
    assert follower.problem() == f"{topic} is not read yet"
    await follower.start()
    assert follower.problem() is None
    async with Producer(kafka, client_id="test") as producer:
        await producer.send(Out(topic=topic, key=b"k", value=b"bad"))
    with pytest.raises(MalformedError, match="bad"):
        await follower.caught_up()
    assert follower.problem() == f"{topic} is not followed any more"
    await follower.stop()


def _refuse(record: Record) -> None:
    raise MalformedError(f"can't read {record.value!r}")


async def test_it_goes_on_after_the_broker_was_away_and_says_so_meanwhile(
    broker: Broker, kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    topic, table = await make_topic(2, compacted=True), Table()
    follower = Follower(kafka, topic, table.take)
    await follower.start()
    await asyncio.to_thread(broker.stop)
    with pytest.raises(TransientError):
        await follower.caught_up(timedelta(seconds=0.5))
    await asyncio.to_thread(broker.start)
    async with Producer(kafka, client_id="test") as producer:
        await producer.send(Out(topic=topic, key=b"k", value=b"v"))
    await until(lambda: table.rows == {b"k": b"v"})
    await follower.caught_up()
    await follower.stop()


@pytest.mark.parametrize("more", [0, 3])
async def test_what_is_older_than_the_wanted_moment_is_passed_over(
    kafka: KafkaSettings, make_topic: MakeTopic, more: int
) -> None:
    topic, table = await make_topic(2), Table()
    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all([Out(topic=topic, key=b"old-%d" % n, value=b"x") for n in range(9)])
        await asyncio.sleep(0.05)
        since = datetime.now(UTC)
        await producer.send_all(
            [Out(topic=topic, key=b"new-%d" % n, value=b"x") for n in range(more)]
        )
    follower = Follower(kafka, topic, table.take, since=since)
    await follower.start()
    await follower.stop()
    assert set(table.rows) == {b"new-%d" % n for n in range(more)}
