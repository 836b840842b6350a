"""Gives a role once more what it met a defect on: after the fix, for a dead letter is read by nobody.

The record is written again to the topic that it came from, with the key that it had there, so its
role meets it as a new one; the ids of what it leads to are those that it would have had.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from streams.contracts import topics
from streams.contracts.step import Out, Record
from streams.kafka.history import History
from streams.kafka.places import Place, records_at
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings

HEADER_AGAIN = "again"  # the place at which it first met the defect
BUG = b"bug"
READ = frozenset(
    {topics.RAW, topics.POSTED, topics.PURCHASES, topics.CUSTOMER_INBOX, topics.OUTCOMES}
)
"""What Faust roles read: theirs are the dead letters of reason `bug`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """`found`: by topic. `gone`: those that Kafka holds no more."""

    found: Mapping[str, int]
    gone: tuple[Place, ...] = ()


async def replay_defects(
    kafka: KafkaSettings, *, since: datetime | None = None, dry_run: bool = False
) -> Replayed:
    """Of dead letters from `since` on. One that met its defect twice is written once."""
    places = await _places(kafka, since)
    if dry_run or not places:
        return Replayed(found=_by_topic(places))
    # A dead letter has no key, what it was made of has.
    records = await records_at(kafka, set(places.values()))
    outs = [_again(records[at], first) for first, at in places.items() if at in records]
    async with Producer(kafka, client_id="replay-defects") as producer:
        await producer.send_all(outs)
    gone = tuple(sorted(first for first, at in places.items() if at not in records))
    return Replayed(found=_by_topic(set(places) - set(gone)), gone=gone)


async def _places(kafka: KafkaSettings, since: datetime | None) -> dict[Place, Place]:
    """Where each was first met, to where it stands now."""
    found: dict[Place, Place] = {}
    async with History(kafka, topics.DEAD, since=since) as history:
        async for batch in history.batches():
            for letter in batch:
                at = _place(letter, topics.HEADER_SOURCE)
                if letter.header(topics.HEADER_REASON) == BUG and at is not None:
                    found[_place(letter, HEADER_AGAIN) or at] = at
    return found


def _place(letter: Record, header: str) -> Place | None:
    """None for what is no place of a role's record."""
    place = Place.read((letter.header(header) or b"").decode(errors="replace"))
    return place if place is not None and place.topic in READ else None


def _again(record: Record, first: Place) -> Out:
    kept = tuple(header for header in record.headers if header[0] != HEADER_AGAIN)
    return Out(
        topic=record.topic,
        key=record.key,
        value=record.value,
        headers=(*kept, (HEADER_AGAIN, str(first).encode())),
    )


def _by_topic(places: Mapping[Place, Place] | set[Place]) -> dict[str, int]:
    names = [place.topic for place in places]
    return {name: names.count(name) for name in sorted(set(names))}
