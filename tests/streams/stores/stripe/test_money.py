"""Minor units by Stripe's own table."""

import pytest

from streams.contracts.errors import MalformedError
from streams.contracts.money import Money
from streams.stores.stripe.money import money


@pytest.mark.parametrize(
    ("minor", "currency", "micros"),
    [
        (999, "usd", 9_990_000),
        (-512, "eur", -5_120_000),
        (500, "jpy", 500_000_000),
        (1, "krw", 1_000_000),
        (1230, "kwd", 1_230_000),
        (500, "isk", 5_000_000),  # sent with two decimals that it does not have
        (500, "ugx", 5_000_000),
        (100, "huf", 1_000_000),
        (100, "twd", 1_000_000),
    ],
)
def test_minor_units_become_micros(minor: int, currency: str, micros: int) -> None:
    assert money(minor, currency) == Money(micros=micros, currency=currency.upper())


WHOLE = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
THOUSANDTHS = "BHD JOD KWD OMR TND"


@pytest.mark.parametrize(
    ("currencies", "micros"),
    [
        (WHOLE, 1_000_000_000),
        (THOUSANDTHS, 1_000_000),
        ("USD EUR GBP CHF ISK UGX HUF TWD CLF", 10_000_000),
    ],
)
def test_a_thousand_minor_units_by_stripe_s_own_table(currencies: str, micros: int) -> None:
    for currency in currencies.split():
        assert money(1000, currency.lower()) == Money(micros=micros, currency=currency)


@pytest.mark.parametrize("currency", ["", "us", "usdt", "u$d", "äöü", "123"])
def test_what_is_no_currency_is_malformed(currency: str) -> None:
    with pytest.raises(MalformedError):
        money(1, currency)
