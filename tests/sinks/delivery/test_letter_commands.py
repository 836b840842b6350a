"""What a list of dead letters remembers: counts of all, and the newest, however many there are."""

import tracemalloc
from collections.abc import Iterable
from random import Random

from sinks.delivery.dead_letters import DeadLetter, read_letter
from sinks.delivery.letter_commands import Listing
from streams.contracts.step import Record
from streams.contracts.topics import DELIVERIES_DEAD, HEADER_REASON
from tests.sinks.delivery.deliveries import record_of
from tests.sinks.events import event

BODY = record_of(event("one")).value


def letters(numbers: Iterable[int], destination: bytes = b"backend") -> Iterable[DeadLetter]:
    """Of one partition; each died in the second of its number."""
    for number in numbers:
        headers = (("destination", destination), (HEADER_REASON, b"exhausted: http_503"))
        record = Record(
            topic=DELIVERIES_DEAD,
            partition=number % 8,
            offset=number,
            key=b"u",
            value=BODY,
            headers=headers,
            timestamp_ms=number * 1000,
        )
        letter = read_letter(record)
        assert letter is not None
        yield letter


def test_the_newest_are_kept_in_whatever_order_partitions_come_and_all_are_counted() -> None:
    listing = Listing(("backend",), most=3)
    numbers = list(range(100))
    Random(1).shuffle(numbers)
    for letter in (*letters(numbers), *letters(range(50), b"other")):
        listing.add(letter)

    newest = [one.died_at for one in listing.newest()]
    assert newest == [f"1970-01-01T00:01:{second}+00:00" for second in (37, 38, 39)]
    assert listing.counted() == [
        {
            "destination": "backend",
            "reason": "exhausted: http_503",
            "letters": 100,
            "oldest": "1970-01-01T00:00:00+00:00",
            "newest": "1970-01-01T00:01:39+00:00",
        }
    ]


def test_its_memory_does_not_grow_with_the_letters() -> None:
    listing = Listing(most=10)
    sizes = []
    tracemalloc.start()
    for start in range(0, 6000, 2000):
        for letter in letters(range(start, start + 2000)):
            listing.add(letter)
        sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()

    assert listing.total == 6000
    assert sizes[2] - sizes[0] < 2000, "bytes, for 4000 more"
