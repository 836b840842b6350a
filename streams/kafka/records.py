"""Records as they leave aiokafka, and what every reader must be able to take in."""

from datetime import timedelta

from aiokafka import ConsumerRecord

from streams.contracts.step import Record
from streams.contracts.topics import MAX_RECORD

FETCH = (
    MAX_RECORD + 64 * 1024
)  # of one partition: the largest record is read whatever else is there


def as_record(found: ConsumerRecord) -> Record:
    """As the rest of the service knows it; the value of a tombstone is b""."""
    return Record(
        topic=found.topic,
        partition=found.partition,
        offset=found.offset,
        key=found.key,
        value=found.value or b"",
        headers=tuple(found.headers),
        timestamp_ms=found.timestamp,
    )


def ms(time: timedelta) -> int:
    """Whole milliseconds, as aiokafka's options want them."""
    return time // timedelta(milliseconds=1)
