"""Google's table, row by row: what a message means by what the API answers then, and what was before."""

from datetime import timedelta
from typing import Any

import pytest

from deploy.demo.payloads import play_store_answers as answers
from streams.contracts.change import Change, ChangeKind
from streams.contracts.money import Money
from streams.contracts.words import PeriodType, Reason
from tests.streams.stores.play_store.telling import (
    BASE,
    DAY,
    EURO,
    MONTH,
    START,
    Token,
    hear,
    order,
    order_id,
    told,
    words,
)

END = START + MONTH


def bought(**more: Any) -> Token:  # noqa: ANN401
    return Token(orders=[order()], **more)


def first(token: Token) -> list[Any]:
    return list(hear(4, token, START))


def only(changes: list[Change], kind: ChangeKind) -> Change:
    (found,) = (one for one in changes if one.kind is kind)
    return found


def test_4_pending_is_nothing_yet() -> None:
    assert told(first(Token(state="PENDING", has_order=False))) == []


@pytest.mark.parametrize(
    ("phase", "line", "period_type"),
    [
        ("freeTrialDetails", {"phase": "freeTrial"}, PeriodType.TRIAL),
        ("introductoryPriceDetails", {"phase": "introductoryPrice"}, PeriodType.INTRO),
        ("baseDetails", {}, PeriodType.NORMAL),
    ],
)
def test_4_is_a_first_purchase_in_its_phase(
    phase: str, line: dict[str, str], period_type: PeriodType
) -> None:
    micros = 0 if period_type is PeriodType.TRIAL else 4_990_000
    token = Token(orders=[order(phase=phase, micros=micros)], item=line)
    (started,) = told(first(token))

    assert started.kind is ChangeKind.STARTED
    assert started.transaction is not None
    assert started.transaction.period_type is period_type
    assert started.transaction.price == Money(micros=micros, currency=EURO)
    assert started.product_id == "pro:monthly"
    assert (started.purchased_at, started.expires_at) == (START, END)


def test_4_prepaid() -> None:
    (started,) = told(first(bought(renews=None)))
    assert started.transaction is not None
    assert started.transaction.period_type is PeriodType.PREPAID


def test_4_a_promotion_has_no_order_and_no_known_price() -> None:
    promotion = {"signupPromotion": {"vanityCode": {"promotionCode": "SPRING"}}}
    (started,) = told(first(Token(has_order=False, item=promotion)))
    assert started.transaction is not None
    assert (started.transaction.price, started.transaction.offer_code) == (None, "SPRING")


def test_4_linked_and_the_same_product_is_uncancellation_and_renewal() -> None:
    old = bought(renews=False, state="CANCELED", more=answers.canceled_by("user", START + DAY))
    heard = [*first(bought()), *hear(3, old, START + DAY)]
    old.more = answers.replaced()
    again = Token(
        token="token-2",
        base="GPA.9",
        started_at=START + 2 * DAY,
        orders=[order(base="GPA.9")],
        more={"linkedPurchaseToken": "token-1"},
    )
    changes = told([*heard, *hear(4, again, START + 2 * DAY, before=old)])

    assert words(changes) == ["started", "renewal_off/UNSUBSCRIBE", "renewed", "renewal_on"]
    assert {one.purchase_key[-7:] for one in changes} == {"token-1"}


def upgraded(mode: str) -> tuple[Token, Token]:
    old = bought(state="EXPIRED", renews=False, more=answers.replaced())
    old.expires_at = START + 10 * DAY
    replacement = {"productId": "pro", "basePlanId": "monthly", "replacementMode": mode}
    paid_for = (START + 10 * DAY, START + 10 * DAY + MONTH)
    sold = order(base="GPA.9", micros=9_990_000, period=paid_for)
    sold["lineItems"][0]["productId"] = "max"
    new = Token(
        token="token-2",
        base="GPA.9",
        product="max",
        started_at=START + 10 * DAY,
        orders=[sold],
        item={"itemReplacement": replacement},
        more={"linkedPurchaseToken": "token-1"},
    )
    return old, new


@pytest.mark.parametrize(
    "mode", ["WITH_TIME_PRORATION", "CHARGE_FULL_PRICE", "CHARGE_PRORATED_PRICE"]
)
def test_4_linked_to_another_product_at_once_is_a_change_and_a_first_purchase(mode: str) -> None:
    old, new = upgraded(mode)
    changes = told([*first(bought()), *hear(4, new, START + 10 * DAY, before=old)])

    assert sorted(words(changes)) == ["product_changed", "started", "started"]
    change = only(changes, ChangeKind.PRODUCT_CHANGED)
    assert (change.product_id, change.new_product_id) == ("pro:monthly", "max:monthly")
    assert change.immediate


@pytest.mark.parametrize("first_comes", ["expired", "purchased"])
def test_13_of_a_replaced_token_is_no_end_in_either_order(first_comes: str) -> None:
    old, new = upgraded("WITH_TIME_PRORATION")
    at = START + 10 * DAY
    pair = [hear(13, old, at), hear(4, new, at, before=old)]
    if first_comes == "purchased":
        pair.reverse()
    changes = told([*first(bought()), *pair[0], *pair[1]])

    assert ChangeKind.ENDED not in {one.kind for one in changes}
    assert ChangeKind.RENEWAL_OFF not in {one.kind for one in changes}


def test_4_deferred_is_a_change_now_and_a_renewal_of_the_new_product_later() -> None:
    old = bought(state="EXPIRED", renews=False, more=answers.replaced())
    planned = {"deferredItemReplacement": {"productId": "lite", "basePlanId": "monthly"}}
    new = Token(
        token="token-2",
        base="GPA.9",
        started_at=START + 10 * DAY,
        expires_at=END,
        has_order=False,
        item=planned,
        more={"linkedPurchaseToken": "token-1"},
    )
    now = hear(4, new, START + 10 * DAY, before=old)
    sold = order(1, base="GPA.9")
    sold["orderId"], sold["lineItems"][0]["productId"] = "GPA.9", "lite"
    new.has_order, new.product, new.orders = True, "lite", [sold]
    new.item = {"itemReplacement": {"productId": "pro", "replacementMode": "DEFERRED"}}
    new.expires_at = END + MONTH
    later = hear(2, new, END, before=old)
    changes = told([*first(bought()), *now, *later])

    assert words(changes) == ["started", "product_changed", "renewed"]
    change = only(changes, ChangeKind.PRODUCT_CHANGED)
    assert (change.product_id, change.new_product_id) == ("pro:monthly", "lite:monthly")
    assert not change.immediate
    assert only(changes, ChangeKind.RENEWED).product_id == "lite:monthly"


def test_4_prepaid_top_up_is_a_purchase_and_ends_the_order_before() -> None:
    old = bought(renews=None)
    heard = first(old)
    old.more, old.state = answers.replaced(), "EXPIRED"
    top = Token(
        token="token-2",
        base="GPA.9",
        renews=None,
        started_at=START + 5 * DAY,
        orders=[order(base="GPA.9")],
        more={"linkedPurchaseToken": "token-1"},
    )
    changes = told([*heard, *hear(4, top, START + 5 * DAY, before=old)])

    assert words(changes)[:2] == ["started", "started"]
    assert only(changes, ChangeKind.ENDED).occurred_at == START + 5 * DAY


def test_4_of_a_licence_tester_is_sandbox() -> None:
    (started,) = told(first(bought(more={"testPurchase": {}})))
    assert started.environment == "SANDBOX"


def renewed(**more: Any) -> Token:  # noqa: ANN401
    return Token(renewals=1, orders=[order(), order(1)], **more)


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


def test_2_inside_grace_is_a_renewal_and_ends_nothing() -> None:
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


def test_9_moves_the_end_without_a_charge() -> None:
    later = bought(expires_at=END + 9 * DAY)
    changes = told([*first(bought()), *hear(9, later, START + DAY)])

    assert words(changes) == ["started", "extended"]
    assert changes[1].expires_at == END + 9 * DAY


def test_11_schedules_a_pause_once_and_10_begins_it() -> None:
    paused = bought(
        state="PAUSED", more={"pausedStateContext": {"autoResumeTime": "2026-05-01T00:00:00Z"}}
    )
    heard = [
        *first(bought()),
        *hear(11, bought(), START + DAY),
        *hear(11, bought(), START + 2 * DAY),
        *hear(10, paused, END),
    ]
    changes = told(heard)

    assert words(changes) == ["started", "pause_scheduled", "ended/SUBSCRIPTION_PAUSED"]
    assert changes[2].auto_resume_at is not None


def test_12_with_a_refund_is_money_back_and_an_end_by_support() -> None:
    at = START + 3 * DAY
    gone = bought(
        state="EXPIRED", renews=False, expires_at=at, more=answers.canceled_by("user", at)
    )
    gone.orders = [answers.refunded(order(), at)]
    changes = told([*first(bought()), *hear(12, gone, at), *hear(13, gone, at + DAY)])

    assert words(changes) == ["started", "refunded", "ended/CUSTOMER_SUPPORT"]
    refund = only(changes, ChangeKind.REFUNDED).refund
    assert refund is not None
    assert (refund.refund_id, refund.amount) == (BASE, Money(micros=4_990_000, currency=EURO))


def test_12_without_a_refund_is_by_the_developer() -> None:
    gone = bought(state="EXPIRED", renews=False, expires_at=START + DAY)
    gone.more = answers.canceled_by("developer")
    changes = told([*first(bought()), *hear(12, gone, START + DAY)])

    assert words(changes) == [
        "started",
        "renewal_off/DEVELOPER_INITIATED",
        "ended/DEVELOPER_INITIATED",
    ]


@pytest.mark.parametrize(
    ("who", "reason"),
    [("user", "UNSUBSCRIBE"), ("system", "BILLING_ERROR"), ("developer", "DEVELOPER_INITIATED")],
)
def test_13_ends_for_who_canceled(who: str, reason: str) -> None:
    gone = bought(state="EXPIRED", renews=False, more=answers.canceled_by(who, START))
    changes = told([*first(bought()), *hear(13, gone, END)])

    assert words(changes)[-1] == f"ended/{reason}"
    assert changes[-1].occurred_at == END


def test_17_an_add_on_is_an_item_of_its_own() -> None:
    extra = answers.line_item("extra", END, order_id=order_id(0))
    sold = order()
    sold["lineItems"].append(
        {
            "productId": "extra",
            "total": answers.money(990_000, EURO),
            "subscriptionDetails": sold["lineItems"][0]["subscriptionDetails"],
        }
    )
    both = bought(further=[extra])
    both.orders = [sold]
    changes = told([*first(bought()), *hear(17, both, START + DAY)])

    assert words(changes) == ["started", "started"]
    assert changes[1].subscription_id.endswith("/extra")
    assert changes[1].transaction is not None
    assert changes[1].transaction.price == Money(micros=990_000, currency=EURO)


def test_18_goes_off_with_the_commitment_and_access_stays() -> None:
    plan = {
        "autoRenewEnabled": True,
        "installmentDetails": {"pendingCancellation": {}, "committedPaymentsCount": 12},
    }
    off = bought(item={"autoRenewingPlan": plan})
    assert words(told([*first(bought()), *hear(18, off, START + DAY)])) == [
        "started",
        "renewal_off/UNSUBSCRIBE",
    ]


@pytest.mark.parametrize("number", [8, 19])
def test_8_and_19_tell_of_consent_that_is_asked_for_and_given_and_of_no_other_change(
    number: int,
) -> None:
    def priced(mode: str, state: str) -> Token:
        details = {"priceChangeMode": mode, "priceChangeState": state}
        return bought(
            item={"autoRenewingPlan": {"autoRenewEnabled": True, "priceChangeDetails": details}}
        )

    asked, given = priced("PRICE_INCREASE", "OUTSTANDING"), priced("PRICE_INCREASE", "CONFIRMED")
    cheaper = priced("PRICE_DECREASE", "CONFIRMED")
    heard = [*first(bought()), *hear(number, asked, START + DAY)]

    assert words(told([*heard, *hear(number, given, START + 2 * DAY)])) == [
        "started",
        "consent",
        "consent_given",
    ]
    assert words(told([*first(bought()), *hear(number, cheaper, START + DAY)])) == ["started"]


def test_20_of_a_purchase_that_never_was_is_nothing() -> None:
    token = Token(state="PENDING_PURCHASE_CANCELED", has_order=False)
    assert told(hear(20, token, START)) == []


def test_22_is_koreas_consent() -> None:
    plan = {"autoRenewEnabled": True, "priceStepUpConsentDetails": {"state": "PENDING"}}
    asked = bought(item={"autoRenewingPlan": plan})
    assert words(told([*first(bought()), *hear(22, asked, START + DAY)])) == ["started", "consent"]


def test_voided_the_present_order_and_access_goes_on_when_google_says_so() -> None:
    back = bought()
    back.orders = [answers.refunded(order(), START + DAY)]
    changes = told([*first(bought()), *hear(0, back, START + DAY, kind="voided")])

    assert words(changes) == ["started", "refunded"]
    assert changes[1].affects_access


def test_voided_an_older_order_touches_no_access() -> None:
    token = renewed()
    token.orders = [answers.refunded(order(), END + DAY), order(1)]
    changes = told(
        [*first(bought()), *hear(2, renewed(), END), *hear(0, token, END + DAY, kind="voided")]
    )

    assert words(changes)[-1] == "refunded"
    assert (changes[-1].affects_access, changes[-1].extension) == (False, True)


def test_parts_that_went_back_are_refunds_of_their_own_and_the_rest_is_the_rest() -> None:
    part = answers.partly_refunded(order(), answers.money(1_000_000, EURO), START + DAY)
    whole = answers.refunded(part, START + 2 * DAY)
    some, all_ = bought(), bought()
    some.orders, all_.orders = [part], [whole]
    changes = told(
        [
            *first(bought()),
            *hear(0, some, START + DAY, kind="voided"),
            *hear(0, all_, START + 2 * DAY, kind="voided"),
        ]
    )

    amounts = [one.refund.amount for one in changes if one.refund is not None]
    assert amounts == [Money(micros=m, currency=EURO) for m in (1_000_000, 3_990_000)]


def test_a_word_that_is_new_is_kept_and_moves_nothing() -> None:
    strange = bought(state="HALF_OPEN")
    heard = hear(2, strange, START + DAY)

    assert words(told([*first(bought()), *heard])) == ["started"]
    assert heard[-1].signal == "unknown"  # type: ignore[union-attr]
