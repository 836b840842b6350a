"""Which money an event carries: sign, currency, USD and the rate used."""

import pytest

from streams.contracts.change import Change, ChangeKind
from streams.contracts.money import Money
from streams.normalize.events import currency_to_price, normalize
from streams.normalize.price import Pays, Price, price_of
from tests.streams.normalize.make import (
    CUSTOMER,
    EURO,
    PROJECT,
    change,
    euros,
    refund,
    term,
    trial,
)

RENEWAL = change(ChangeKind.RENEWED, term(2))
REFUND = change(ChangeKind.REFUNDED, term(1), refund=refund(), fact="refund/re1")
PART = change(ChangeKind.REFUNDED, term(1), refund=refund(euros("2.00")), fact="refund/re1")


def test_a_renewal_carries_its_price_in_both_currencies_and_the_rate() -> None:
    assert price_of(Pays.PRICE, RENEWAL, EURO) == Price(
        micros=7_990_000, currency="EUR", usd=8_690_355, rate=EURO
    )


def test_a_refund_of_the_whole_price_takes_back_exactly_what_was_told() -> None:
    told = price_of(Pays.PRICE, RENEWAL, EURO)
    back = price_of(Pays.REFUND, REFUND, EURO)
    assert told.usd is not None
    assert back == Price(micros=-7_990_000, currency="EUR", usd=-told.usd, rate=EURO)


def test_a_refund_of_a_part_is_that_part() -> None:
    assert price_of(Pays.REFUND, PART, EURO).micros == -2_000_000
    assert price_of(Pays.REVERSAL, PART, EURO).micros == 2_000_000


def test_a_trial_costs_nothing_even_when_the_store_says_no_price() -> None:
    bought = change(ChangeKind.STARTED, trial())
    assert price_of(Pays.PRICE, bought, None) == Price(micros=0, usd=0)


def test_a_trial_costs_nothing_whatever_price_the_store_quotes() -> None:
    quoted = change(ChangeKind.STARTED, term(1, period_type=trial().period_type))
    assert price_of(Pays.PRICE, quoted, EURO) == Price(micros=0, currency="EUR", usd=0)


def test_a_share_of_the_family_costs_nothing() -> None:
    shared = change(ChangeKind.STARTED, term(1, family_share=True))
    assert price_of(Pays.PRICE, shared, None) == Price(micros=0, currency="EUR", usd=0)


def test_a_price_that_the_store_did_not_say_is_unknown_and_not_zero() -> None:
    assert price_of(Pays.PRICE, change(ChangeKind.RENEWED, term(2, price=None)), EURO) == Price()


def test_a_price_without_a_rate_keeps_the_local_amount() -> None:
    assert price_of(Pays.PRICE, RENEWAL, None) == Price(micros=7_990_000, currency="EUR")


def test_a_free_renewal_is_zero_without_any_rate() -> None:
    free = change(ChangeKind.RENEWED, term(2, price=euros("0.00")))
    assert price_of(Pays.PRICE, free, None) == Price(micros=0, currency="EUR", usd=0)


def test_an_invoice_asks_for_an_amount_and_has_no_price() -> None:
    asked = change(ChangeKind.INVOICED, term(1), amount=euros("9.00"), fact="invoice/1")
    event = normalize(asked, CUSTOMER, PROJECT, EURO)
    assert (event.price_micros, event.currency) == (9_000_000, "EUR")
    assert event.price_usd_micros is None
    assert price_of(Pays.INVOICE, change(ChangeKind.INVOICED), None) == Price()


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_only_money_asks_for_a_rate(kind: ChangeKind) -> None:
    moves_money = {
        ChangeKind.STARTED,
        ChangeKind.RENEWED,
        ChangeKind.PURCHASED,
        ChangeKind.REFUNDED,
        ChangeKind.REFUND_REVERSED,
    }
    expected = "EUR" if kind in moves_money else None
    assert currency_to_price(change(kind, term(2))) == expected


@pytest.mark.parametrize(
    "free",
    [
        change(ChangeKind.STARTED, trial()),
        change(ChangeKind.RENEWED, term(2, price=euros("0.00"))),
        change(ChangeKind.RENEWED, term(2, price=None)),
        change(ChangeKind.RENEWED),
    ],
)
def test_what_costs_nothing_asks_for_no_rate(free: Change) -> None:
    assert currency_to_price(free) is None


def test_a_refund_asks_for_the_rate_of_what_went_back() -> None:
    other = refund(Money(micros=1, currency="GBP"))
    assert currency_to_price(change(ChangeKind.REFUNDED, term(1), refund=other)) == "GBP"
