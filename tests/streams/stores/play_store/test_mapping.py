"""Google's table, row by row: number 4, a new token, and what becomes of the older one."""

import pytest

from deploy.demo.payloads import play_store_answers as answers
from streams.contracts.change import ChangeKind
from streams.contracts.money import Money
from streams.contracts.words import PeriodType
from tests.streams.stores.play_store.telling import (
    DAY,
    END,
    EURO,
    MONTH,
    START,
    Token,
    bought,
    first,
    hear,
    only,
    order,
    told,
    words,
)


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
