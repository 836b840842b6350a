"""Money: integer micros of a currency's major unit. Never a float."""

from dataclasses import dataclass

MICROS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """`micros` = amount x 10^6 in the major unit of `currency` (ISO 4217, upper case)."""

    micros: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many USD one unit of a currency was worth, in micros, as published for `day` (ISO date)."""

    currency: str
    day: str
    usd_micros: int


def half_up(numerator: int, denominator: int) -> int:
    """Integer division of `numerator / denominator`, halves away from zero."""
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    quotient, rest = divmod(abs(numerator), abs(denominator))
    return sign * (quotient + (2 * rest >= abs(denominator)))


def in_usd(price: Money, rate: Rate) -> int:
    """Micros of USD that `price` was worth at `rate`."""
    return half_up(price.micros * rate.usd_micros, MICROS)
