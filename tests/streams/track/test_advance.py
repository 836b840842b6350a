"""Advance, by the rules at the head of its module, on one purchase."""

from dataclasses import replace

import pytest

from streams.contracts.change import ChangeKind
from streams.contracts.ids import anonymous_customer
from streams.contracts.outcome import OutcomeKind
from streams.contracts.snapshot import Refund
from streams.contracts.words import Access, Origin, Reason, Signal
from streams.track.advance import advance
from streams.track.state import Position
from tests.streams.track.make import (
    KEY,
    MONTH,
    Inbox,
    day,
    posted,
    project,
    said,
    standing,
    term,
)

BOUGHT = said("m1", day(0), Signal.PURCHASED, term(1), standing(1))


def test_a_first_purchase_of_a_tracked_subscription_is_one_change_of_its_owner() -> None:
    inbox = Inbox()

    result = inbox.feed(posted("u-1"), BOUGHT)

    assert [change.kind for change in result.changes] == [ChangeKind.STARTED]
    assert result.changes[0].customer_id == "u-1"
    assert result.changes[0].renewal_number == 1
    assert result.outcomes[0].kind is OutcomeKind.MATCHED
    assert result.outcomes[0].tracked


def test_a_record_that_was_applied_moves_nothing_when_it_is_read_again() -> None:
    inbox = Inbox()
    inbox.feed(posted(), BOUGHT)

    again = advance(inbox.state, BOUGHT, Position("v1", 0, 1), inbox.project)

    assert again.state is None
    assert not again.changes
    assert not again.outcomes


def test_a_redelivery_is_a_duplicate_of_a_tracked_purchase() -> None:
    inbox = Inbox()

    result = inbox.feed(posted(), BOUGHT, BOUGHT)

    assert not result.changes
    assert result.outcomes[0].kind is OutcomeKind.DUPLICATE
    assert result.outcomes[0].tracked


def test_what_nobody_tracks_is_parked_and_comes_out_in_order_with_origin_parked() -> None:
    inbox = Inbox()
    parked = inbox.feed(
        said("m2", day(30), Signal.RENEWED, term(2), standing(2)),
        BOUGHT,
    )

    result = inbox.feed(posted("u-1", day(40)))

    assert parked.outcomes[0].kind is OutcomeKind.PARKED
    assert not parked.outcomes[0].tracked
    assert [change.fact for change in result.changes] == ["txn/tx1", "txn/tx2"]
    assert {change.origin for change in result.changes} == {Origin.PARKED}
    assert {o.origin for o in result.outcomes if o.kind is OutcomeKind.MATCHED} == {Origin.PARKED}


def test_a_redelivery_of_a_parked_one_is_an_untracked_duplicate() -> None:
    result = Inbox().feed(BOUGHT, BOUGHT)

    assert result.outcomes[0].kind is OutcomeKind.DUPLICATE
    assert not result.outcomes[0].tracked


def test_renewal_off_and_on_and_off_are_three_facts() -> None:
    inbox = Inbox()
    inbox.feed(posted(), BOUGHT)
    inbox.feed(
        said("a", day(1), Signal.RENEWAL_OFF, standing(1, renews=False)),
        said("b", day(2), Signal.RENEWAL_ON, standing(1)),
        said("c", day(3), Signal.RENEWAL_OFF, standing(1, renews=False)),
    )

    assert inbox.facts == ["txn/tx1", "-/tx1/off/1", "-/tx1/on/1", "-/tx1/off/2"]


def test_a_late_message_that_adds_a_flip_emits_it_flagged_late() -> None:
    inbox = Inbox()
    inbox.feed(posted(), BOUGHT, said("d", day(9), Signal.STATE_CHANGED, standing(1)))

    result = inbox.feed(said("c", day(5), Signal.RENEWAL_OFF, standing(1, renews=False)))

    assert [(c.kind, c.late) for c in result.changes] == [
        (ChangeKind.RENEWAL_ON, False),
        (ChangeKind.RENEWAL_OFF, True),
    ]


def test_a_late_message_that_adds_nothing_is_stale() -> None:
    inbox = Inbox()
    inbox.feed(posted(), BOUGHT, said("d", day(9), Signal.STATE_CHANGED, standing(1)))

    result = inbox.feed(said("c", day(5), Signal.STATE_CHANGED, standing(1)))

    assert result.outcomes[0].kind is OutcomeKind.STALE
    assert not result.changes


def test_what_is_lost_heals_with_the_next_message() -> None:
    """EXPIRED tells the term, its end, and that renewal had been off: nothing else ever came."""
    inbox = Inbox()
    expired = said("e", day(30), Signal.EXPIRED, term(1), standing(1, Access.EXPIRED, renews=False))

    result = inbox.feed(posted(), expired)

    assert [(c.kind, c.reason) for c in result.changes] == [
        (ChangeKind.STARTED, None),
        (ChangeKind.RENEWAL_OFF, Reason.UNSUBSCRIBE),
        (ChangeKind.ENDED, Reason.UNSUBSCRIBE),
    ]
    assert result.changes[-1].occurred_at == term(1).expires_at


def test_a_failed_charge_in_grace_is_an_issue_and_a_cancellation_but_no_end() -> None:
    inbox = Inbox()
    grace = day(46)

    result = inbox.feed(
        posted(),
        BOUGHT,
        said("f", day(30), Signal.GRACE_STARTED, standing(1, Access.GRACE, grace=grace)),
    )

    assert [c.kind for c in result.changes] == [
        ChangeKind.BILLING_FAILED,
        ChangeKind.BILLING_CANCELLED,
    ]
    assert result.changes[0].grace_expires_at == grace


def test_grace_that_runs_out_ends_access_at_the_end_of_grace() -> None:
    inbox = Inbox()
    inbox.feed(posted(), BOUGHT)
    inbox.feed(said("f", day(30), Signal.GRACE_STARTED, standing(1, Access.GRACE, grace=day(46))))

    result = inbox.feed(said("g", day(46.1), Signal.GRACE_ENDED, standing(1, Access.RETRY)))

    assert [(c.kind, c.reason) for c in result.changes] == [
        (ChangeKind.ENDED, Reason.BILLING_ERROR)
    ]
    assert result.changes[0].occurred_at == day(46)


def test_what_an_answer_said_after_grace_is_corrected_by_the_late_message_of_grace() -> None:
    """No store keeps a grace that is over: the answer knows of a failed charge, and the term's end."""
    inbox = Inbox()
    inbox.feed(posted(), BOUGHT)
    asked = said("due", day(47), Signal.LOOKED_UP, term(1), standing(1, Access.RETRY))
    known = inbox.feed(replace(asked, origin=Origin.REFRESH)).changes
    grace = said("f", day(30), Signal.GRACE_STARTED, standing(1, Access.GRACE, grace=day(46)))
    overtaken = replace(grace, received_at=day(46.9))  # at our door before the answer

    corrected = inbox.feed(overtaken).changes

    assert [(c.kind, c.extension, c.late) for c in corrected] == [
        (ChangeKind.BILLING_FAILED, True, True),
        (ChangeKind.ENDED, True, True),
    ]
    told = {change.event_id: change for change in known}
    failed, ended = corrected
    assert (told[failed.event_id].grace_expires_at, failed.grace_expires_at) == (None, day(46))
    assert (told[ended.event_id].occurred_at, ended.occurred_at) == (day(30), day(46))
    assert all(c.received_at > told[c.event_id].received_at for c in corrected)
    assert inbox.feed(overtaken).changes == ()


def test_a_refund_of_the_current_term_ends_it_and_one_of_an_older_term_does_not() -> None:
    inbox = Inbox()
    inbox.feed(posted(), BOUGHT, said("m2", day(30), Signal.RENEWED, term(2), standing(2)))
    older = Refund(refund_id="tx1/1", refs=("tx1",), refunded_at=day(33))
    current = Refund(refund_id="tx2/1", refs=("tx2",), refunded_at=day(35))

    first = inbox.feed(said("r1", day(33), Signal.REFUNDED, term(1), older))
    second = inbox.feed(
        said("r2", day(35), Signal.REFUNDED, term(2), current, standing(2, Access.REVOKED))
    )

    assert [(c.kind, c.extension, c.affects_access) for c in first.changes] == [
        (ChangeKind.REFUNDED, True, False)
    ]
    assert [c.kind for c in second.changes] == [ChangeKind.REFUNDED, ChangeKind.ENDED]
    assert second.changes[1].reason is Reason.CUSTOMER_SUPPORT


def test_a_reversal_counts_once_and_only_beside_its_refund() -> None:
    refund = Refund(refund_id="tx1/1", refs=("tx1",), refunded_at=day(3))
    back = Refund(refund_id="tx1", refs=("tx1",), refunded_at=day(4), reversed=True)
    undone = said("v", day(4), Signal.REFUND_REVERSED, term(1), back)
    inbox = Inbox()
    alone = inbox.feed(posted(), BOUGHT, undone)

    both = inbox.feed(said("r", day(3), Signal.REFUNDED, term(1), refund))

    assert not alone.changes
    assert [c.fact for c in both.changes] == ["refund/tx1/1", "refund/tx1/1/reversed"]


def test_a_pending_product_change_and_its_withdrawal() -> None:
    inbox = Inbox()
    inbox.feed(posted(), BOUGHT)
    change = inbox.feed(
        said("a", day(1), Signal.PRODUCT_CHANGE_SCHEDULED, standing(1, into="year"))
    )

    withdrawn = inbox.feed(
        said("b", day(2), Signal.PRODUCT_CHANGE_WITHDRAWN, standing(1, into="pro"))
    )

    assert [(c.product_id, c.new_product_id, c.immediate) for c in change.changes] == [
        ("pro", "year", False)
    ]
    assert not withdrawn.changes


def test_an_immediate_product_change_tells_old_and_new() -> None:
    inbox = Inbox()
    inbox.feed(posted(), BOUGHT)
    announced = standing(2, product="max", changed=True)

    result = inbox.feed(
        said("a", day(10), Signal.PRODUCT_CHANGED, term(2, product="max"), announced)
    )

    assert [(c.kind, c.product_id, c.new_product_id) for c in result.changes] == [
        (ChangeKind.RENEWED, "max", None),
        (ChangeKind.PRODUCT_CHANGED, "pro", "max"),
    ]
    assert result.changes[1].immediate
    assert (result.changes[1].replaced, result.changes[1].renewal_number) == (term(1), 1)


def test_a_trial_that_is_paid_for_is_a_trial_conversion() -> None:
    inbox = Inbox()

    result = inbox.feed(
        posted(),
        said("m1", day(0), Signal.PURCHASED, term(1, trial=True), standing(1)),
        said("m2", day(30), Signal.RENEWED, term(2), standing(2)),
    )

    assert [(c.kind, c.trial_conversion, c.renewal_number) for c in result.changes] == [
        (ChangeKind.RENEWED, True, 2)
    ]


@pytest.mark.parametrize(
    ("rule", "identities", "owner"),
    [
        ("anonymous", {}, anonymous_customer(KEY)),
        ("account_token", {"account_token": "t-1"}, "t-1"),
        ("account_token", {}, anonymous_customer(KEY)),
        ("metadata.user", {"metadata.user": "u-9"}, "u-9"),
    ],
)
def test_track_new_names_the_owner_by_its_rule(
    rule: str, identities: dict[str, str], owner: str
) -> None:
    inbox = Inbox(project(track_new=rule))

    result = inbox.feed(
        said("m1", day(0), Signal.PURCHASED, term(1), standing(1), identities=identities)
    )

    assert result.changes[0].customer_id == owner
    assert result.outcomes[-1].tracked


def test_sequences_go_on_over_all_changes_of_a_purchase() -> None:
    inbox = Inbox()
    inbox.feed(posted(), BOUGHT)
    inbox.feed(said("e", day(30), Signal.EXPIRED, standing(1, Access.EXPIRED, renews=False)))

    sequences = [change.sequence for result in inbox.results for change in result.changes]

    assert sequences == [1, 2, 3]
    assert inbox.state is not None
    assert inbox.state.sequence == 3
    assert MONTH.days == 30
