"""Google's table, row by row: one-time products. And that no number is without its row."""

import re
from datetime import timedelta
from pathlib import Path

from deploy.demo.payloads import play_store_answers as answers
from deploy.demo.payloads.play_store_answers import Answer
from streams.contracts.codec import decode, encode
from streams.contracts.money import Money
from streams.contracts.purchase import Observation
from streams.stores.play_store.answers import Order, ProductAnswer
from streams.stores.play_store.observe import product
from streams.stores.play_store.signals import SUBSCRIPTION
from tests.streams.stores.play_store.telling import EURO, START, pointer, told, words

SOLD = answers.order("GPA.7", "token-9", "coins", answers.money(2_970_000, EURO), START, quantity=3)


def bought(number: int, answer: Answer, *orders: Answer, kind: str = "one_time") -> Observation:
    asked = pointer(number, "token-9", START, kind=kind)
    read = tuple(decode(encode(one), Order) for one in orders)
    at = START + timedelta(seconds=1 + len(orders))
    (seen,) = product(asked, decode(encode(answer), ProductAnswer), read, (), at)
    return seen


def test_1_purchased_is_a_purchase_of_its_quantity_at_its_price() -> None:
    (change,) = told([bought(1, answers.product("coins", "GPA.7", START, quantity=3), SOLD)])

    assert words([change]) == ["purchased"]
    assert change.transaction is not None
    assert (change.transaction.quantity, change.product_id) == (3, "coins")
    assert change.transaction.price == Money(micros=2_970_000, currency=EURO)
    assert change.expires_at is None


def test_1_pending_is_nothing_until_it_comes_again_as_purchased() -> None:
    pending = answers.product("coins", None, START, state="PENDING")
    paid = answers.product("coins", "GPA.7", START)

    assert bought(1, pending).snapshot.transactions == ()
    assert words(told([bought(1, pending), bought(1, paid, SOLD)])) == ["purchased"]


def test_2_is_a_pending_purchase_that_never_was_one() -> None:
    assert (
        bought(2, answers.product("coins", None, START, state="CANCELLED")).snapshot.refunds == ()
    )
    assert not bought(
        2, answers.product("coins", None, START, state="CANCELLED")
    ).snapshot.carries_purchase


def test_voided_wholly_and_in_part() -> None:
    answer = answers.product("coins", "GPA.7", START, quantity=3)
    part = answers.partly_refunded(SOLD, answers.money(990_000, EURO), START)
    some = bought(0, answer, part, kind="voided")
    all_ = bought(0, answer, answers.refunded(SOLD, START), kind="voided")

    assert [refund.amount for refund in some.snapshot.refunds] == [
        Money(micros=990_000, currency=EURO)
    ]
    assert [refund.amount for refund in all_.snapshot.refunds] == [
        Money(micros=2_970_000, currency=EURO)
    ]


def test_a_test_purchase_is_sandbox_and_a_promotion_has_no_order() -> None:
    test = answers.product("coins", "GPA.7", START, testPurchaseContext={"fopType": "TEST"})
    free = bought(1, answers.product("coins", None, START))

    assert bought(1, test).environment == "SANDBOX"
    assert free.snapshot.transactions[0].price is None


def test_every_number_of_the_table_has_its_row() -> None:
    texts = [path.read_text() for path in Path(__file__).parent.glob("test_mapping*.py")]
    names = re.findall(r"def test_((?:\d+_(?:and_)?)+)", "".join(texts))
    told_of = {int(number) for name in names for number in re.findall(r"\d+", name)}

    assert set(SUBSCRIPTION) - told_of == set()
