"""What a customer holds, after what happened."""

from datetime import datetime
from typing import Any

import pytest

from streams.contracts.change import Change, ChangeKind
from streams.contracts.customer import HeldPurchase
from streams.contracts.ids import NotificationId
from streams.contracts.words import PeriodType, Signal, TransactionKind
from tests.streams.identify.make import Inbox
from tests.streams.normalize.make import START, STRIPE, change, day, refund, term, trial

STARTED = change(ChangeKind.STARTED, term(1))
RENEWED = change(ChangeKind.RENEWED, term(2))


def later(kind: ChangeKind, n: float, period: int = 1, **fields: Any) -> Change:  # noqa: ANN401 - any field of a Change
    """Something that happened to the period on day `n`."""
    about = term(period)
    told = {"purchased_at": about.purchased_at, "expires_at": about.expires_at, **fields}
    return change(kind, fact=f"{kind}/{n}", at=day(n), period=about.period, **told)


def held(*told: Change) -> tuple[HeldPurchase, ...]:
    inbox = Inbox()
    for each in told:
        inbox.hear(each)
    assert inbox.customer is not None
    return inbox.customer.purchases


def only(*told: Change) -> HeldPurchase:
    (one,) = held(*told)
    return one


def test_a_subscription_is_held_at_its_newest_period() -> None:
    one = only(STARTED, RENEWED)
    assert one.transaction_id == "tx2"
    assert (one.purchased_at, one.expires_at) == (day(30), day(60))
    assert one.original_purchased_at == START
    assert one.entitlement_ids == ("premium",)
    assert (one.price_micros, one.currency) == (7_990_000, "EUR")
    assert (one.item, one.one_time) == ("-", False)


def test_a_late_older_period_changes_only_the_original_purchase() -> None:
    assert only(RENEWED, STARTED) == only(STARTED, RENEWED)


def test_a_trial_is_held_as_one() -> None:
    assert only(change(ChangeKind.STARTED, trial())).period_type is PeriodType.TRIAL


def test_renewal_switched_off_is_kept_until_it_is_on_again() -> None:
    off = later(ChangeKind.RENEWAL_OFF, 5)
    assert only(STARTED, off).unsubscribed_at == day(5)
    assert only(STARTED, off, later(ChangeKind.RENEWAL_ON, 6)).unsubscribed_at is None
    assert only(STARTED, later(ChangeKind.RENEWAL_ON, 6), off).unsubscribed_at is None


def test_a_failed_charge_is_kept_until_it_is_paid() -> None:
    failed = later(ChangeKind.BILLING_FAILED, 30, grace_expires_at=day(46))
    one = only(STARTED, failed)
    assert (one.billing_issue_at, one.grace_expires_at) == (day(30), day(46))
    paid = only(STARTED, failed, RENEWED)
    assert paid.billing_issue_at is paid.grace_expires_at is None


def test_a_failed_period_that_is_paid_in_the_end_has_neither_issue_nor_end() -> None:
    failed = later(ChangeKind.BILLING_FAILED, 30.1, 2)
    ended = later(ChangeKind.ENDED, 31, 2)
    recovered = change(ChangeKind.RENEWED, term(2), at=day(33), signal=Signal.RECOVERED)
    lost = only(STARTED, failed, ended)
    assert (lost.ended_at, lost.billing_issue_at) == (day(31), day(30.1))
    for told in ((failed, ended, recovered), (recovered, ended, failed)):
        one = only(STARTED, *told)
        assert one.ended_at is one.billing_issue_at is None
        assert one.transaction_id == "tx2"


def test_an_ended_subscription_is_in_force_again_after_a_later_purchase() -> None:
    ended = later(ChangeKind.ENDED, 30)
    assert only(STARTED, ended).ended_at == day(30)
    assert only(STARTED, ended, RENEWED).ended_at is None


def test_an_answer_that_tells_a_renewal_and_its_end_at_once_means_that_it_ended() -> None:
    """Whatever message led to the question: who is asked late has seen both."""
    at, signal = day(70), Signal.RENEWED
    renewed = change(
        ChangeKind.RENEWED, term(2), at=day(30), signal=signal, answered=True, told_at=at
    )
    ended = change(
        ChangeKind.ENDED, term(2), at=day(61), fact="end", signal=signal, answered=True, told_at=at
    )
    for both in ((renewed, ended), (ended, renewed)):
        assert only(STARTED, *both).ended_at == day(61)


def test_a_refund_is_kept_until_it_is_reversed() -> None:
    back = change(
        ChangeKind.REFUNDED, term(1), fact="refund/re1", at=day(3), refund=refund(), reason=None
    )
    ended = later(ChangeKind.ENDED, 3)
    again = change(
        ChangeKind.REFUND_REVERSED, term(1), fact="refund/re1/reversed", at=day(4), refund=refund()
    )
    assert only(STARTED, back, ended).refunded_at == day(3)
    undone = only(STARTED, back, ended, again)
    assert undone.refunded_at is undone.ended_at is None


def test_a_refund_of_an_older_period_leaves_the_newest_alone() -> None:
    back = change(ChangeKind.REFUNDED, term(1), fact="refund/re1", at=day(40), refund=refund())
    assert only(STARTED, RENEWED, back).refunded_at is None


def test_an_extension_moves_the_end_and_a_refund_does_not_move_it_back() -> None:
    longer = later(ChangeKind.EXTENDED, 10, expires_at=day(45))
    back = change(ChangeKind.REFUNDED, term(1), fact="refund/re1", at=day(12), refund=refund())
    assert only(STARTED, longer).expires_at == day(45)
    assert only(STARTED, longer, back).expires_at == day(45)


def test_a_pause_says_when_it_resumes() -> None:
    paused = later(ChangeKind.PAUSE_SCHEDULED, 10, auto_resume_at=day(90))
    assert only(STARTED, paused).auto_resume_at == day(90)


def test_a_one_time_purchase_never_expires() -> None:
    coins = term(1, kind=TransactionKind.ONE_TIME, product_id="coins", expires_at=None)
    one = only(change(ChangeKind.PURCHASED, coins, purchase="c1"))
    assert (one.one_time, one.expires_at, one.entitlement_ids) == (True, None, ())


def test_two_one_time_purchases_of_one_product_are_two() -> None:
    coins = term(1, kind=TransactionKind.ONE_TIME, product_id="coins", expires_at=None)
    bought = [change(ChangeKind.PURCHASED, coins, purchase=key, fact=key) for key in ("c1", "c2")]
    assert [one.purchase_key[-2:] for one in held(*bought)] == ["c1", "c2"]


def test_the_items_of_one_purchase_are_held_side_by_side() -> None:
    items = [
        change(ChangeKind.STARTED, term(1), store=STRIPE, item=item, fact=f"txn/{item}")
        for item in ("si_a", "si_b")
    ]
    assert [one.item for one in held(*items)] == ["si_a", "si_b"]
    assert [one.ended_at for one in held(*items)] == [None, None]


def upgrade(at: datetime) -> Change:
    return change(ChangeKind.RENEWED, term(2, product_id="max", purchased_at=at), at=at)


@pytest.mark.parametrize("n", [10.0, 29.0])
def test_an_upgrade_ends_the_product_that_it_replaces(n: float) -> None:
    old, new = held(STARTED, upgrade(day(n)))
    assert (new.product_id, new.ended_at) == ("max", None)
    assert (old.product_id, old.ended_at) == ("pro", day(n))


def test_a_lapsed_product_keeps_its_own_end_when_another_one_follows() -> None:
    old, _ = held(STARTED, later(ChangeKind.ENDED, 30), upgrade(day(50)))
    assert old.ended_at == day(30)


def test_a_change_of_product_inside_a_period_is_in_force_at_once() -> None:
    switch = later(ChangeKind.PRODUCT_CHANGED, 7, immediate=True, new_product_id="max")
    for told in ((STARTED, switch), (switch, STARTED)):
        old, new = held(*told)
        assert (new.product_id, new.ended_at) == ("max", None)
        assert (new.purchased_at, new.expires_at) == (START, day(30))
        assert (old.product_id, old.ended_at) == ("pro", day(7))


def test_a_scheduled_change_of_product_leaves_the_present_one_in_force() -> None:
    pending = later(ChangeKind.PRODUCT_CHANGED, 7, new_product_id="max")
    assert only(STARTED, pending).product_id == "pro"


def test_a_product_that_is_bought_again_is_in_force_again() -> None:
    back = change(ChangeKind.RENEWED, term(3, purchased_at=day(20)), at=day(20))
    old, new = held(STARTED, upgrade(day(10)), back)
    assert (old.product_id, old.ended_at) == ("max", day(20))
    assert (new.product_id, new.ended_at) == ("pro", None)


def test_a_price_change_inside_a_period_does_not_hide_what_happens_to_the_period() -> None:
    switch = later(ChangeKind.PRODUCT_CHANGED, 7, immediate=True, new_product_id="max")
    rest = term(2, product_id="max", purchased_at=day(7), expires_at=day(30), period="7")
    paid = change(ChangeKind.RENEWED, rest, at=day(7))
    off = later(ChangeKind.RENEWAL_OFF, 8, product_id="max")
    for told in ((switch, paid, off), (off, paid, switch), (paid, off, switch)):
        old, new = held(STARTED, *told)
        assert (old.ended_at, new.ended_at) == (day(7), None)
        assert (new.product_id, new.unsubscribed_at) == ("max", day(8))
        assert (new.purchased_at, new.expires_at) == (day(7), day(30))


def test_a_first_message_that_tells_start_and_end_of_a_purchase_ends_it() -> None:
    """A refund may be all that is ever heard of a purchase: its start is told by the same message."""
    message = NotificationId("refund")
    started = change(ChangeKind.STARTED, term(1), at=day(4), notification_id=message)
    ended = later(ChangeKind.ENDED, 3, told_at=day(4), notification_id=message)
    assert only(started, ended).ended_at == only(ended, started).ended_at == day(3)


def test_a_message_that_only_mentions_a_purchase_says_nothing_of_what_came_after_it() -> None:
    """The refund of a part comes first and tells the renewal; the end that it followed comes later."""
    mentioned = change(ChangeKind.RENEWED, term(2), at=day(63), signal=Signal.REFUNDED)
    announced = change(ChangeKind.RENEWED, term(2), at=day(63), signal=Signal.RECOVERED)
    ended = later(ChangeKind.ENDED, 60, 2)
    assert only(mentioned, ended).ended_at == day(60)
    assert only(announced, ended).ended_at is None


def test_what_an_answer_of_the_api_tells_together_happened_after_the_payment() -> None:
    looked_up = change(ChangeKind.RENEWED, term(2), at=day(63), signal=Signal.LOOKED_UP)
    ended = later(ChangeKind.ENDED, 60, 2, told_at=day(63), signal=Signal.LOOKED_UP)
    assert only(looked_up, ended).ended_at == only(ended, looked_up).ended_at == day(60)


def test_what_happened_under_the_former_product_holds_for_the_rest_of_the_period() -> None:
    off = later(ChangeKind.RENEWAL_OFF, 5)
    switch = later(ChangeKind.PRODUCT_CHANGED, 7, immediate=True, new_product_id="max")
    back = change(ChangeKind.REFUNDED, term(1), fact="refund/re1", at=day(8), refund=refund())
    old, new = held(STARTED, off, switch, back)
    assert (new.product_id, new.unsubscribed_at, new.refunded_at) == ("max", day(5), None)
    assert old.refunded_at == day(8)


def test_what_was_paused_and_resumed_is_held_again() -> None:
    inbox = Inbox()
    inbox.hear(change(ChangeKind.STARTED, term(1)))
    inbox.hear(change(ChangeKind.ENDED, term(1), fact="end/1", at=day(5)))
    inbox.hear(change(ChangeKind.RESUMED, term(1), fact="resumed/1", at=day(9)))
    assert inbox.customer is not None
    assert inbox.customer.purchases[0].ended_at is None
