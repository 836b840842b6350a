"""What is committed is what is done, and a hole is an error before anything behind it is done."""

import pytest

from streams.driver.positions import Positions
from streams.kafka.errors import OffsetGapError
from tests.streams.driver.make import record

PLACE = ("inbox", 0)


def begun(at: int = 10) -> Positions:
    positions = Positions()
    positions.begin({PLACE: at})
    return positions


def test_nothing_is_committed_before_it_is_done() -> None:
    positions = begun()
    positions.hand_over(PLACE, first=10, count=3, last=12)

    assert positions.to_commit() == {}


def test_the_offset_behind_the_last_record_done_is_committed_once() -> None:
    positions = begun()
    positions.hand_over(PLACE, first=10, count=3, last=12)
    positions.done([record(10), record(11)])

    assert positions.to_commit() == {PLACE: 12}
    positions.committed({PLACE: 12})
    assert positions.to_commit() == {}


def test_a_refused_commit_is_tried_again() -> None:
    positions = begun()
    positions.hand_over(PLACE, first=10, count=1, last=10)
    positions.done([record(10)])

    assert positions.to_commit() == positions.to_commit() == {PLACE: 11}


@pytest.mark.parametrize(
    ("first", "count", "last"),
    [
        pytest.param(11, 1, 11, id="the first is missing"),
        pytest.param(9, 2, 10, id="one comes again"),
        pytest.param(10, 2, 12, id="one inside is missing"),
    ],
)
def test_records_that_do_not_follow_each_other_are_refused(
    first: int, count: int, last: int
) -> None:
    with pytest.raises(OffsetGapError, match="inbox:0: expected offset 10"):
        begun().hand_over(PLACE, first=first, count=count, last=last)


def test_what_is_done_after_the_assignment_ended_is_not_committed() -> None:
    positions = begun()
    positions.hand_over(PLACE, first=10, count=1, last=10)
    positions.end()
    positions.done([record(10)])
    positions.committed({PLACE: 11})

    assert positions.to_commit() == {}


def test_a_new_assignment_starts_where_it_is_told() -> None:
    positions = begun()
    positions.hand_over(PLACE, first=10, count=5, last=14)
    positions.begin({PLACE: 12})
    positions.hand_over(PLACE, first=12, count=1, last=12)
    positions.done([record(12)])

    assert positions.to_commit() == {PLACE: 13}


def test_a_group_that_never_committed_commits_where_it_begins() -> None:
    positions = Positions()
    positions.begin({PLACE: 10, ("inbox", 1): 7}, new={PLACE})

    assert positions.to_commit() == {PLACE: 10}
    positions.committed({PLACE: 10})
    assert positions.to_commit() == {}
    positions.hand_over(PLACE, first=10, count=1, last=10)
    positions.done([record(10)])
    assert positions.to_commit() == {PLACE: 11}
