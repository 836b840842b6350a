"""Google's Money (units and nanos) as exact micros."""

from streams.contracts.errors import MalformedError
from streams.contracts.money import MICROS, Money, half_up
from streams.stores.play_store.answers import GoogleMoney

_NANOS_IN_A_MICRO = 1000


def money(amount: GoogleMoney | None) -> Money | None:
    """None when Google names none or no currency; raise MalformedError when units are no number.

    What is finer than a micro is rounded half away from zero.
    """
    if amount is None or not amount.currency_code:
        return None
    try:
        units = int(amount.units)
    except ValueError as error:
        raise MalformedError(f"units {amount.units!r} is no whole number") from error
    micros = units * MICROS + half_up(amount.nanos, _NANOS_IN_A_MICRO)
    return Money(micros=micros, currency=amount.currency_code)
