"""Google's table, row by row: what is announced, voided, of an item, or new to us."""

import pytest

from deploy.demo.payloads import play_store_answers as answers
from streams.contracts.change import ChangeKind
from streams.contracts.money import Money
from tests.streams.stores.play_store.telling import (
    BASE,
    DAY,
    END,
    EURO,
    START,
    Token,
    bought,
    first,
    hear,
    only,
    order,
    order_id,
    renewed,
    told,
    words,
)


def test_9_moves_the_end_without_a_charge() -> None:
    later = bought(expires_at=END + 9 * DAY)
    changes = told([*first(bought()), *hear(9, later, START + DAY)])

    assert words(changes) == ["started", "extended"]
    assert changes[1].expires_at == END + 9 * DAY


def test_11_and_10_schedule_a_pause_once_and_begin_it() -> None:
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


def test_10_and_13_a_pause_that_expires_was_not_resumed() -> None:
    paused, gone = bought(state="PAUSED"), bought(state="EXPIRED", renews=False)
    gone.more = answers.canceled_by("user", END)
    changes = told([*first(bought()), *hear(10, paused, END), *hear(13, gone, END + 9 * DAY)])

    assert "resumed" not in words(changes)


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
