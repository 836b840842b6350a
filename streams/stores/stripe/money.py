"""Stripe's minor units as micros, by Stripe's own table, which is not ISO 4217."""

from streams.contracts.errors import MalformedError
from streams.contracts.money import Money

_WHOLE = (
    *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF"),
    *("VND", "VUV", "XAF", "XOF", "XPF"),
)
_THOUSANDTHS = ("BHD", "JOD", "KWD", "OMR", "TND")
_EXPONENTS = dict.fromkeys(_WHOLE, 0) | dict.fromkeys(_THOUSANDTHS, 3)
# Of all others, ISK and UGX too: they have no cents, but Stripe sends 500 for 5.
_USUAL = 2
_MICRO = 6
_LETTERS = 3


def money(minor: int, currency: str) -> Money:
    """`currency` as Stripe writes it, in lower case."""
    code = currency.upper()
    if len(code) != _LETTERS or not (code.isascii() and code.isalpha()):
        raise MalformedError(f"{currency!r} is no currency")
    exponent = _EXPONENTS.get(code, _USUAL)
    return Money(micros=minor * 10 ** (_MICRO - exponent), currency=code)
