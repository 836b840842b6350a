"""What met a defect is read again by its role, once each, with the key that it had."""

from uuid import uuid4

from streams.contracts import topics as names
from streams.contracts.dead import dead_letter
from streams.contracts.step import Out, Record
from streams.kafka.defects import HEADER_AGAIN, replay_defects
from streams.kafka.producer import Producer
from streams.observe import clock
from streams.settings.kafka import KafkaSettings
from tests.streams.kafka.conftest import read_all


async def _written(kafka: KafkaSettings, out: Out) -> Record:
    """As its role reads it."""
    async with Producer(kafka, client_id="test") as producer:
        await producer.send(out)
    return (await _copies(kafka, out))[-1]


async def _copies(kafka: KafkaSettings, out: Out) -> list[Record]:
    found = [one for one in await read_all(kafka, out.topic) if one.key == out.key]
    return sorted(found, key=lambda one: one.offset)


async def _buried(kafka: KafkaSettings, record: Record, reason: str = "bug") -> None:
    async with Producer(kafka, client_id="test") as producer:
        await producer.send(dead_letter(record, reason=reason, detail="KeyError: 'x'"))


def _change() -> Out:
    key = f"customer-{uuid4().hex[:8]}".encode()
    return Out(
        topic=names.CUSTOMER_INBOX,
        key=key,
        value=b"a change of " + key,
        headers=((names.HEADER_KIND, b"change"),),
    )


async def test_it_comes_again_as_it_was_with_its_key(
    kafka: KafkaSettings, topics: tuple[str, ...]
) -> None:
    since, out = clock.now(), _change()
    record = await _written(kafka, out)
    await _buried(kafka, record)

    counted = await replay_defects(kafka, since=since, dry_run=True)
    assert counted.found == {names.CUSTOMER_INBOX: 1}
    assert len(await _copies(kafka, out)) == 1
    assert (await replay_defects(kafka, since=since)).found == counted.found

    _, again = await _copies(kafka, out)
    assert (again.partition, again.value) == (record.partition, record.value)
    place = f"{record.topic}:{record.partition}:{record.offset}".encode()
    assert again.headers == (*record.headers, (HEADER_AGAIN, place))


async def test_one_that_meets_it_again_is_not_doubled_each_time(
    kafka: KafkaSettings, topics: tuple[str, ...]
) -> None:
    since, out = clock.now(), _change()
    await _buried(kafka, await _written(kafka, out))
    await replay_defects(kafka, since=since)
    await _buried(kafka, (await _copies(kafka, out))[-1])

    await replay_defects(kafka, since=since)

    assert len(await _copies(kafka, out)) == 3


async def test_what_was_rejected_for_good_is_left(
    kafka: KafkaSettings, topics: tuple[str, ...]
) -> None:
    since, out = clock.now(), _change()
    await _buried(kafka, await _written(kafka, out), reason="signature")

    assert (await replay_defects(kafka, since=since)).found == {}


async def test_what_kafka_holds_no_more_is_told(
    kafka: KafkaSettings, topics: tuple[str, ...]
) -> None:
    since = clock.now()
    never = Record(topic=names.CUSTOMER_INBOX, partition=0, offset=10**9, key=b"k", value=b"it was")
    await _buried(kafka, never)

    done = await replay_defects(kafka, since=since)

    assert [str(place) for place in done.gone] == ["customers.inbox.v1:0:1000000000"]
