"""Pointers that come back: later and later after failures, at their turn, and when the answer was stale."""

from dataclasses import replace
from datetime import timedelta

import pytest

from streams.contracts import topics
from streams.contracts.errors import RejectedError, ThrottledError, TransientError
from streams.contracts.step import Out, Record
from streams.kafka.delay_steps import due_ms, target, unix_ms
from streams.kafka.delay_steps import released as fired
from streams.lookup.again import asked_again, postponed, was_answered, was_stale
from tests.streams.lookup.test_pointers import NOW, POINTER, as_read, record

AWAY = TransientError("away")


def back(out: Out) -> Record:
    """As it stands in its topic again."""
    again = fired(as_read(out), now=NOW + timedelta(days=100))
    return replace(record(), headers=again.headers)


def wait_of(out: Out) -> timedelta:
    return timedelta(milliseconds=due_ms(as_read(out)) - unix_ms(NOW))


def test_a_failure_comes_back_later_and_later_and_hourly_in_the_end() -> None:
    waits, one = [], record()
    for _ in range(12):
        (out,) = postponed(one, POINTER, AWAY, NOW)
        assert target(as_read(out)) == topics.POINTERS
        waits.append(wait_of(out).total_seconds())
        one = back(out)

    assert waits == [5, 5, 60, *(600,) * 6, *(3600,) * 3]


def test_the_store_may_say_when_and_a_turn_is_no_failure() -> None:
    (asked,) = postponed(
        record(), POINTER, TransientError("x", retry_after=timedelta(hours=2)), NOW
    )
    turn = ThrottledError("x", retry_after=timedelta(seconds=9))
    (waiting,) = postponed(record(), POINTER, turn, NOW)

    assert wait_of(asked) == timedelta(hours=2)
    assert wait_of(waiting) == timedelta(seconds=9)
    assert back(waiting).header(topics.HEADER_ATTEMPT) == b"0"
    assert back(asked).header(topics.HEADER_ATTEMPT) == b"1"


def test_after_sixty_days_it_is_rejected() -> None:
    with pytest.raises(RejectedError, match="away") as refused:
        postponed(record(), POINTER, AWAY, NOW + timedelta(days=61))

    assert refused.value.reason == "unanswered"


def test_a_stale_answer_is_asked_again_one_five_and_thirty_minutes_after_the_first() -> None:
    one, waits = record(), []
    for times in range(3):
        assert was_stale(one) == times
        (out,) = asked_again(one, NOW, answered=True)
        waits.append(wait_of(out))
        one = back(out)

    assert waits == [timedelta(minutes=1), timedelta(minutes=4), timedelta(minutes=25)]
    assert asked_again(one, NOW, answered=True) == ()


def test_what_came_back_for_one_reason_keeps_what_is_known_of_the_other() -> None:
    (stale,) = asked_again(record(told=True), NOW, answered=False)
    (failed,) = postponed(back(stale), POINTER, AWAY, NOW)

    assert was_stale(back(failed)) == 1
    assert not was_answered(back(failed))
    assert back(failed).header("told") == b"1"
