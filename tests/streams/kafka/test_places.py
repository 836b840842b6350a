"""Records read again by where they stand."""

import pytest

from streams.contracts.step import Out
from streams.kafka.places import Place, record_at, records_at
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings
from tests.streams.kafka.conftest import MakeTopic


def test_a_place_is_read_as_it_is_written() -> None:
    place = Place("notifications.raw", 3, 41)
    assert Place.read(str(place)) == place


@pytest.mark.parametrize("text", ["", "topic", "topic:1", ":1:2", "topic:x:2", "topic:1:-2"])
def test_what_is_no_place_is_none(text: str) -> None:
    assert Place.read(text) is None


async def test_each_is_found_where_it_stands_and_what_is_gone_is_left_out(
    kafka: KafkaSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(2)
    values = [f"{number}".encode() for number in range(5)]
    async with Producer(kafka, client_id="test") as producer:
        for value in values:
            await producer.send(Out(topic=topic, key=b"one", value=value))
    (partition,) = [one for one in (0, 1) if await record_at(kafka, Place(topic, one, 0))]
    places = [Place(topic, partition, offset) for offset in (4, 0, 2, 9)]

    found = await records_at(kafka, places)

    assert {place.offset: record.value for place, record in found.items()} == {
        0: b"0",
        2: b"2",
        4: b"4",
    }
    assert await record_at(kafka, places[-1]) is None
