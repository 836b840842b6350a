"""One bad record is a dead letter; a flood of them is the end of the process."""

from contextlib import nullcontext as does_not_raise

import pytest

from streams.contracts import topics
from streams.contracts.errors import UnencodableError
from streams.driver.bugs import Bugs, TooManyBugsError
from tests.streams.driver.make import record

ERROR = ValueError("what is wrong with it")


def test_the_dead_letter_has_the_untouched_record_and_why() -> None:
    letter = Bugs().dead_letter(record(5, value=b"\x00 as it came"), ERROR, now=0)

    assert (letter.topic, letter.value) == (topics.DEAD, b"\x00 as it came")
    assert dict(letter.headers) == {
        topics.HEADER_REASON: b"bug",
        topics.HEADER_DETAIL: b"ValueError: what is wrong with it",
        topics.HEADER_SOURCE: b"inbox:0:5",
    }


def test_twenty_in_a_minute_are_let_through_and_the_next_is_one_too_many() -> None:
    bugs = Bugs()
    for offset in range(20):
        bugs.dead_letter(record(offset), ERROR, now=offset)

    with pytest.raises(TooManyBugsError):
        bugs.dead_letter(record(20), ERROR, now=59)


def test_what_is_older_than_a_minute_does_not_count() -> None:
    bugs = Bugs()
    with does_not_raise():
        for offset in range(100):
            bugs.dead_letter(record(offset), ERROR, now=4.0 * offset)


def test_what_is_too_large_is_a_dead_letter_and_never_the_end_of_the_process() -> None:
    bugs = Bugs()
    with does_not_raise():
        letters = [
            bugs.dead_letter(record(offset), UnencodableError("too large"), now=offset / 10)
            for offset in range(100)
        ]
        bugs.dead_letter(record(100), ERROR, now=10)

    assert {dict(letter.headers)[topics.HEADER_REASON] for letter in letters} == {b"bug"}
