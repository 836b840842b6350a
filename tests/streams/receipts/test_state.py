"""One outcome is counted once: however often it is read, and when a worker told it twice."""

from dataclasses import replace

import pytest

from streams.contracts.codec import encode
from streams.contracts.errors import ConfigError
from streams.contracts.ids import StoreName
from streams.contracts.money import Money
from streams.contracts.outcome import Outcome, OutcomeKind, stamped
from streams.contracts.step import Record
from streams.normalize.money import RateTable
from streams.receipts.state import ReceiptState, apply, read_state
from tests.streams.receipts.make import at, forged, matched, outcome, posted

PRICE = Money(micros=9_990_000, currency="USD")


def source(offset: int, partition: int = 0) -> Record:
    return Record(topic="inbox", partition=partition, offset=offset, key=None, value=b"")


class Topic:
    """notifications.outcomes of one key; every state goes through the codec."""

    def __init__(self) -> None:
        self.state: ReceiptState | None = None
        self.offset = 0

    def tell(self, *outcomes: Outcome) -> ReceiptState:
        for each in outcomes:
            self.state = read_state(encode(apply(self.state, each, (0, self.offset), RateTable())))
            self.offset += 1
        assert self.state is not None
        return self.state


def test_a_replay_of_an_applied_position_changes_nothing() -> None:
    state = apply(None, matched(), (2, 5), RateTable())
    for offset in (5, 4, 0):
        assert apply(state, matched(9), (2, offset), RateTable()) is state


def test_an_apps_store_has_its_label_and_an_app_its_shipping() -> None:
    label, app = Topic().tell(matched()), Topic().tell(posted(price=PRICE))
    assert label.value == label.received is not None
    assert app.value == app.shipping is not None
    assert label.shipping is None
    assert app.received is None


def test_an_outcome_told_again_after_a_crash_is_counted_once() -> None:
    """The worker that told it ended before its state was stored, and read its record again."""
    (told,) = stamped([posted(price=PRICE)], source(7))
    once, twice = Topic().tell(told), Topic().tell(told, told)
    assert twice.shipping == once.shipping
    assert twice.shipping is not None
    assert [month.purchases for month in twice.shipping.billable] == [1]


def test_a_crash_that_repeats_a_whole_batch_counts_each_of_it_once() -> None:
    batch = [each for n in range(5) for each in stamped([forged(n), matched(n)], source(n))]
    state = Topic().tell(*batch, *batch[4:])
    assert state.received is not None
    assert state.received.counts == {"rejected": 5, "matched": 5}


def test_a_crash_between_two_outcomes_of_one_record_loses_neither() -> None:
    both = stamped([matched(0), matched(1)], source(3))
    state = Topic().tell(both[0], *both)
    assert state.received is not None
    assert state.received.counts == {"matched": 2}


def test_records_of_different_partitions_do_not_hide_each_other() -> None:
    later, earlier = stamped([matched()], source(9, 0)), stamped([matched()], source(2, 1))
    state = Topic().tell(*later, *earlier)
    assert state.received is not None
    assert state.received.counts == {"matched": 2}


def test_what_is_counted_at_the_door_has_no_source_and_always_counts() -> None:
    posts = outcome(OutcomeKind.UNKNOWN_TOKEN, count=3)
    state = Topic().tell(posts, posts)
    assert state.received is not None
    assert state.received.counts == {"unknown_token": 6}


def test_kill_and_replay_from_the_start_never_moves_the_label_back() -> None:
    topic = Topic()
    told = [matched(n) for n in (1, 9, 4)]
    topic.tell(*told)
    topic.offset = 0
    state = topic.tell(*told)
    assert state.received is not None
    assert state.received.last_received_at == at(9)
    assert state.received.counts == {"matched": 3}


def test_an_outcome_of_the_apps_own_posts_never_makes_a_label() -> None:
    told = replace(outcome(OutcomeKind.TRACKED), store=StoreName("-"))
    state = Topic().tell(told)
    assert state.received is None
    assert state.shipping is not None
    assert state.shipping.shipped_at is None


def test_a_state_written_by_a_newer_version_stops_the_worker() -> None:
    with pytest.raises(ConfigError, match="upgrade every receipts worker"):
        read_state(b'{"schema":99}')


def test_no_state_is_read_as_none() -> None:
    assert read_state(None) is None
