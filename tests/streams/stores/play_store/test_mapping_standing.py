"""Google's table, row by row: renewals, failures, pauses' ends, cancellations, ends."""

from datetime import timedelta

import pytest

from deploy.demo.payloads import play_store_answers as answers
from streams.contracts.words import Reason
from tests.streams.stores.play_store.telling import (
    DAY,
    END,
    MONTH,
    START,
    Token,
    bought,
    first,
    hear,
    order,
    order_id,
    renewed,
    told,
    words,
)


def test_2_a_new_paid_order_is_a_renewal() -> None:
    changes = told([*first(bought()), *hear(2, renewed(), END)])

    assert words(changes) == ["started", "renewed"]
    assert changes[1].transaction is not None
    assert changes[1].transaction.transaction_id == order_id(1)
    assert (changes[1].purchased_at, changes[1].expires_at) == (END, END + MONTH)


def test_2_after_a_trial_is_its_conversion() -> None:
    trial = order(phase="freeTrialDetails", micros=0)
    token = Token(renewals=1, orders=[trial, order(1)])
    changes = told([*first(Token(orders=[trial])), *hear(2, token, END)])

    assert changes[1].trial_conversion


def test_6_and_2_inside_grace_are_an_issue_and_a_renewal_and_end_nothing() -> None:
    grace = bought(state="IN_GRACE_PERIOD", expires_at=END + 7 * DAY)
    changes = told([*first(bought()), *hear(6, grace, END), *hear(2, renewed(), END + 3 * DAY)])

    assert words(changes) == ["started", "billing_failed", "billing_cancelled", "renewed"]
    assert changes[1].grace_expires_at == END + 7 * DAY


def test_1_after_hold_and_after_a_pause_is_a_renewal() -> None:
    for state, number in (("ON_HOLD", 5), ("PAUSED", 10)):
        stopped = bought(state=state)
        changes = told(
            [*first(bought()), *hear(number, stopped, END), *hear(1, renewed(), END + DAY)]
        )
        assert words(changes)[-1] == "renewed"


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        ("user", Reason.UNSUBSCRIBE),
        ("system", Reason.BILLING_ERROR),
        ("developer", Reason.DEVELOPER_INITIATED),
    ],
)
def test_3_renewal_goes_off_for_who_did_it_when_they_did(who: str, reason: Reason) -> None:
    at = START + 3 * DAY if who == "user" else None
    off = bought(state="CANCELED", renews=False, more=answers.canceled_by(who, at))
    changes = told([*first(bought()), *hear(3, off, START + 4 * DAY)])

    assert words(changes) == ["started", f"renewal_off/{reason}"]
    if at is not None:
        assert changes[1].occurred_at == at


def test_3_by_a_replacement_is_nothing() -> None:
    gone = bought(state="CANCELED", renews=False, more=answers.replaced())
    assert words(told([*first(bought()), *hear(3, gone, START + DAY)])) == ["started"]


@pytest.mark.parametrize("state", ["OUTSTANDING", "CANCELED"])
def test_3_of_a_price_that_was_not_agreed_to(state: str) -> None:
    plan = {"priceChangeDetails": {"priceChangeMode": "PRICE_INCREASE", "priceChangeState": state}}
    off = bought(state="CANCELED", renews=False, item={"autoRenewingPlan": plan})
    off.more = answers.canceled_by("system")
    changes = told([*first(bought()), *hear(3, off, START + DAY)])

    assert "renewal_off/PRICE_INCREASE" in words(changes)


def test_3_when_the_answer_says_expired_already_is_both_and_13_adds_nothing() -> None:
    gone = bought(state="EXPIRED", renews=False, more=answers.canceled_by("user", START + DAY))
    heard = [*first(bought()), *hear(3, gone, END), *hear(13, gone, END + timedelta(seconds=3))]

    assert words(told(heard)) == ["started", "renewal_off/UNSUBSCRIBE", "ended/UNSUBSCRIBE"]


def test_5_without_grace_ends_access_at_the_periods_end() -> None:
    hold = bought(state="ON_HOLD", expires_at=END)
    changes = told([*first(bought()), *hear(5, hold, END + DAY)])

    assert words(changes) == [
        "started",
        "billing_failed",
        "billing_cancelled",
        "ended/BILLING_ERROR",
    ]
    assert changes[-1].occurred_at == END


def test_5_after_grace_only_ends_access() -> None:
    grace = bought(state="IN_GRACE_PERIOD", expires_at=END + 7 * DAY)
    hold = bought(state="ON_HOLD", expires_at=END + 7 * DAY)
    heard = [*first(bought()), *hear(6, grace, END), *hear(5, hold, END + 7 * DAY)]

    assert words(told(heard))[-1] == "ended/BILLING_ERROR"
    assert words(told(heard)).count("billing_failed") == 1


def test_5_then_3_and_13_is_one_end() -> None:
    hold = bought(state="ON_HOLD", expires_at=END)
    gone = bought(state="EXPIRED", renews=False, expires_at=END, more=answers.canceled_by("system"))
    heard = [*first(bought()), *hear(5, hold, END), *hear(3, gone, END + 40 * DAY)]

    assert words(told([*heard, *hear(13, gone, END + 40 * DAY)])).count("ended/BILLING_ERROR") == 1


def test_7_switches_renewal_on_again() -> None:
    off = bought(state="CANCELED", renews=False, more=answers.canceled_by("user", START + DAY))
    heard = [*first(bought()), *hear(3, off, START + DAY), *hear(7, bought(), START + 2 * DAY)]

    assert words(told(heard)) == ["started", "renewal_off/UNSUBSCRIBE", "renewal_on"]


@pytest.mark.parametrize(
    ("who", "reason"),
    [("user", "UNSUBSCRIBE"), ("system", "BILLING_ERROR"), ("developer", "DEVELOPER_INITIATED")],
)
def test_13_ends_for_who_canceled(who: str, reason: str) -> None:
    gone = bought(state="EXPIRED", renews=False, more=answers.canceled_by(who, START))
    changes = told([*first(bought()), *hear(13, gone, END)])

    assert words(changes)[-1] == f"ended/{reason}"
    assert changes[-1].occurred_at == END
