"""Which dead letters were replayed, remembered in little memory."""

import tracemalloc
from itertools import product

from sinks.delivery.dead_letters import REPLAYED, DeadLetter, Replays, read_letter, replayed_out
from streams.contracts.step import Record
from streams.contracts.topics import DELIVERIES_DEAD, HEADER_REASON, HEADER_SOURCE


def letter_at(partition: int, offset: int) -> DeadLetter:
    letter = read_letter(
        Record(
            topic=DELIVERIES_DEAD,
            partition=partition,
            offset=offset,
            key=b"u",
            value=b"{}",
            headers=((HEADER_REASON, b"exhausted: http_503"),),
        )
    )
    assert letter is not None
    return letter


def note_of(letter: DeadLetter) -> Record:
    out = replayed_out(letter)
    return Record(topic=out.topic, partition=0, offset=9, key=b"u", value=b"", headers=out.headers)


def test_exactly_the_letters_that_a_note_names_were_replayed() -> None:
    places = [*product(range(3), range(0, 1000, 7)), (11, 40_000_000_000)]
    replays = Replays()
    for place in reversed(places):
        replays.note(note_of(letter_at(*place)))

    asked = [*product(range(4), range(1100)), (11, 40_000_000_000), (12, 40_000_000_000)]
    assert [place for place in asked if replays.has(letter_at(*place))] == places


def test_a_letter_itself_and_a_note_that_names_no_place_count_for_nothing() -> None:
    replays = Replays()
    replays.note(letter_at(0, 0).record)
    for named in (b"", b"0", b"here", b"a:b:c"):
        headers = ((HEADER_REASON, REPLAYED.encode()), (HEADER_SOURCE, named))
        replays.note(
            Record(
                topic=DELIVERIES_DEAD, partition=0, offset=1, key=b"", value=b"", headers=headers
            )
        )

    assert not replays.has(letter_at(0, 0))


def test_a_million_notes_would_take_a_few_megabytes() -> None:
    replays = Replays()
    notes = [note_of(letter_at(0, offset)) for offset in range(0, 20_000, 2)]
    tracemalloc.start()
    for note in notes:
        replays.note(note)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size / len(notes) < 10, "bytes a letter"
