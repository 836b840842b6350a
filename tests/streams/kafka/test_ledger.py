"""The law of commits: exactly the oldest not done, in whatever order records get done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.kafka.errors import OffsetGapError
from streams.kafka.ledger import Ledger


@given(st.data(), st.integers(0, 1 << 40), st.integers(1, 60))
def test_what_may_be_committed_is_the_oldest_not_done(
    data: st.DataObject, start: int, count: int
) -> None:
    ledger = Ledger(contiguous=True)
    unread = iter(range(start, start + count))
    open_offsets: set[int] = set()
    upto = start
    for read_next in data.draw(st.lists(st.booleans(), max_size=200)):
        offset = next(unread, None) if read_next or not open_offsets else None
        if offset is not None:
            ledger.read(offset)
            open_offsets.add(offset)
            upto = offset + 1
        elif open_offsets:
            chosen = data.draw(st.sampled_from(sorted(open_offsets)))
            assert ledger.done(chosen)
            open_offsets.discard(chosen)
        assert len(ledger) == len(open_offsets)
        if upto > start:
            assert ledger.committable() == min(open_offsets, default=upto)


@given(st.permutations(range(20)))
def test_all_done_in_any_order_commits_past_the_last(order: list[int]) -> None:
    ledger = Ledger(contiguous=True)
    for offset in range(20):
        ledger.read(offset)
    for offset in order:
        ledger.done(offset)
    assert ledger.committable() == 20
    assert len(ledger) == 0


@given(st.lists(st.integers(0, 1000), unique=True, min_size=1).map(sorted))
def test_a_compacted_topic_may_have_holes(offsets: list[int]) -> None:
    ledger = Ledger(contiguous=False)
    for offset in offsets:
        ledger.read(offset)
    assert ledger.committable() == offsets[0]
    for offset in offsets:
        ledger.done(offset)
    assert ledger.committable() == offsets[-1] + 1


def test_a_jump_on_a_contiguous_topic_is_an_error() -> None:
    ledger = Ledger(contiguous=True)
    ledger.read(481)
    with pytest.raises(OffsetGapError, match="expected offset 482, got 506"):
        ledger.read(506)


@pytest.mark.parametrize("contiguous", [True, False])
def test_an_offset_that_comes_again_is_an_error(contiguous: bool) -> None:
    ledger = Ledger(contiguous=contiguous)
    ledger.read(5)
    with pytest.raises(OffsetGapError):
        ledger.read(5)


def test_nothing_is_committed_twice() -> None:
    ledger = Ledger(contiguous=True)
    ledger.read(7)
    ledger.done(7)
    assert ledger.committable() == 8
    ledger.committed(8)
    assert ledger.committable() is None
    ledger.read(8)
    assert ledger.committable() is None
    ledger.done(8)
    assert ledger.committable() == 9


def test_before_anything_was_read_there_is_nothing_to_commit() -> None:
    assert Ledger(contiguous=True).committable() is None


def test_done_of_what_is_not_in_flight_is_told() -> None:
    ledger = Ledger(contiguous=True)
    ledger.read(1)
    assert ledger.done(1)
    assert not ledger.done(1)
    assert not ledger.done(99)


def test_the_age_is_of_the_oldest_in_flight() -> None:
    ledger = Ledger(contiguous=True)
    assert ledger.oldest_age(100.0) == 0.0
    ledger.read(1, at=90.0)
    ledger.read(2, at=95.0)
    assert ledger.oldest_age(100.0) == 10.0
    ledger.done(1)
    assert ledger.oldest_age(100.0) == 5.0
