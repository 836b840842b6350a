"""The rules of "Last received", each test quoting the one that it holds us to."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.contracts.outcome import LastReceived, Outcome, OutcomeKind
from streams.contracts.words import Origin
from streams.receipts.last_received import moves, receive
from tests.streams.receipts.make import APP, APPLE, at, forged, matched, outcome

AUTHENTIC = [
    OutcomeKind.MATCHED,
    OutcomeKind.DUPLICATE,
    OutcomeKind.STALE,
    OutcomeKind.PARKED,
    OutcomeKind.TEST,
    OutcomeKind.NO_PURCHASE,
    OutcomeKind.NEEDS_CREDENTIALS,
]
NOT_PUSHED = [origin for origin in Origin if origin is not Origin.NOTIFICATION]


def label(*outcomes: Outcome) -> LastReceived:
    value: LastReceived | None = None
    for each in outcomes:
        value = receive(value, each)
    assert value is not None
    return value


def test_not_tracked_it_is_kept_and_last_received_does_not_move() -> None:
    """ "A notification for a subscription that is not tracked: 200, it is kept, and 'Last
    received' does not move." """
    value = label(outcome(OutcomeKind.PARKED))
    assert value.last_received_at is None
    assert value.last_untracked_at == value.last_authentic_at == at(0)


def test_one_for_a_tracked_subscription_moves_it_to_its_received_at() -> None:
    """ "One pushed by the store for a tracked subscription moves the label to its received_at." """
    value = label(matched(3))
    assert (value.app_id, value.store) == (APP, APPLE)
    assert value.last_received_at == value.last_authentic_at == at(3)
    assert value.last_untracked_at is None


@pytest.mark.parametrize("kind", [OutcomeKind.DUPLICATE, OutcomeKind.STALE])
def test_a_redelivery_moves_it(kind: OutcomeKind) -> None:
    """ "... so does a redelivery of it." """
    again = outcome(kind, 5, tracked=True)
    assert label(matched(), again).last_received_at == at(5)


def test_a_redelivery_of_one_that_is_not_tracked_does_not_move_it() -> None:
    again = outcome(OutcomeKind.DUPLICATE, 5, tracked=False)
    assert label(matched(), again).last_received_at == at(0)


def test_googles_test_notification_moves_it() -> None:
    """ "... and Google's test notification (the recommended connection check)." """
    checked = outcome(OutcomeKind.TEST, 1, connection_check=True)
    assert label(checked).last_received_at == at(1)


def test_another_stores_test_is_authentic_and_does_not_move_it() -> None:
    value = label(outcome(OutcomeKind.TEST, 1))
    assert value.last_received_at is None
    assert value.last_authentic_at == at(1)


@pytest.mark.parametrize("origin", NOT_PUSHED)
@pytest.mark.parametrize("kind", list(OutcomeKind))
def test_refresh_backfill_replay_and_kept_ones_applied_after_tracking_do_not(
    kind: OutcomeKind, origin: Origin
) -> None:
    """ "Refresh, backfill, replay, and kept ones that are applied after tracking do not." """
    before = label(matched())
    late = outcome(kind, 9, origin=origin, tracked=True, connection_check=True)
    assert receive(before, late) == before


@pytest.mark.parametrize("reason", ["signature", "malformed", "wrong_app"])
def test_a_forged_one_moves_only_last_rejected_with_its_reason(reason: str) -> None:
    before = label(matched())
    after = receive(before, forged(2, reason))
    assert after.last_rejected_at == at(2)
    assert after.last_rejected_reason == reason
    assert after.last_rejected_detail == "no such signer"
    assert after.last_received_at == before.last_received_at
    assert after.last_authentic_at == before.last_authentic_at
    assert after.last_untracked_at is None
    assert after.first_rejections == 0


def test_an_older_rejection_keeps_the_newest_reason() -> None:
    value = label(forged(5, "malformed"), forged(2, "signature"))
    assert (value.last_rejected_at, value.last_rejected_reason) == (at(5), "malformed")


def test_an_older_one_never_moves_it_back() -> None:
    """ "... it only ever increases." """
    value = label(matched(9), matched(3), outcome(OutcomeKind.PARKED, 7))
    assert value.last_received_at == value.last_authentic_at == at(9)


@pytest.mark.parametrize("kind", AUTHENTIC)
def test_what_a_store_really_sent_is_authentic(kind: OutcomeKind) -> None:
    assert label(outcome(kind, 4)).last_authentic_at == at(4)


@pytest.mark.parametrize("kind", [kind for kind in OutcomeKind if kind not in AUTHENTIC])
def test_what_proves_nothing_of_the_store_is_not_authentic(kind: OutcomeKind) -> None:
    value = label(outcome(kind, 4, tracked=True))
    assert value.last_received_at is value.last_authentic_at is value.last_untracked_at is None


def test_outcomes_are_counted_by_kind_and_a_sum_counts_as_many() -> None:
    posts = outcome(OutcomeKind.UNKNOWN_TOKEN, count=7)
    value = label(matched(), matched(1), forged(2), posts, posts)
    assert value.counts == {"matched": 2, "rejected": 1, "unknown_token": 14}


def test_rejections_are_first_ones_until_something_is_authentic() -> None:
    value = label(forged(), forged(1), forged(2, "malformed"), matched(3), forged(4))
    assert value.first_rejections == 2


outcomes = st.builds(
    outcome,
    st.sampled_from(OutcomeKind),
    st.integers(0, 20),
    tracked=st.booleans(),
    connection_check=st.booleans(),
    origin=st.sampled_from(Origin),
)


@given(st.lists(outcomes, min_size=1), st.randoms(use_true_random=False))
def test_every_time_is_the_latest_of_those_that_may_move_it_in_any_order(
    told: list[Outcome], random: Random
) -> None:
    expected = max((each.received_at for each in told if moves(each)), default=None)
    shuffled = random.sample(told, len(told))
    one, other = label(*told), label(*shuffled)
    assert one.last_received_at == other.last_received_at == expected
    assert one.last_authentic_at == other.last_authentic_at
    assert one.last_rejected_at == other.last_rejected_at
    assert one.last_untracked_at == other.last_untracked_at
    assert one.counts == other.counts


@given(st.lists(outcomes))
def test_no_time_ever_goes_back(told: list[Outcome]) -> None:
    value: LastReceived | None = None
    for each in told:
        before, value = value, receive(value, each)
        if before is not None and before.last_received_at is not None:
            assert value.last_received_at is not None
            assert value.last_received_at >= before.last_received_at
