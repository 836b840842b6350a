"""The transactions of a subscription, each of which makes a period."""

import re
from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from sinks.charts.fold.told import Told
from streams.contracts.event import EventType
from streams.contracts.words import PeriodType

ONE_TIME, INTRO, TRIAL = "one_time", "intro", "trial"
_ONCE = EventType.NON_RENEWING_PURCHASE.value
# Plain texts, as events hold them: to compare one with a member of an enumeration takes six times as long.
_MAKES_A_PERIOD = frozenset({EventType.INITIAL_PURCHASE.value, EventType.RENEWAL.value, _ONCE})
_PROMOTIONAL = PeriodType.PROMOTIONAL.value
_FREE = frozenset({PeriodType.TRIAL.value, _PROMOTIONAL})
# A month is a twelfth of 365.25 days.
_UNITS = {"D": 86_400_000, "W": 604_800_000, "M": 2_629_800_000, "Y": 31_557_600_000}
_DURATION = re.compile(r"P([0-9]{1,6})([DWMY])")


class Payment(Struct, frozen=True, gc=False):
    """`expires`: without grace. `length`: of the product, in milliseconds, 0: not known."""

    told: Told
    start: int
    expires: int
    kind: str
    paid: bool
    length: int

    @property
    def price(self) -> int:
        return self.told.price_micros or 0

    @property
    def usd(self) -> int:
        return self.told.price_usd_micros or 0


def payments(events: Iterable[Told]) -> list[Payment]:
    """In the order of their starts; one-time purchases last, since they end no period."""
    known = [_payment(told) for told in events if told.type in _MAKES_A_PERIOD]
    return sorted((one for one in known if one.start > 0 and one.expires > 0), key=_order)


def _payment(told: Told) -> Payment:
    once = told.type == _ONCE
    start = told.purchased or (told.at if once else 0)
    return Payment(
        told,
        start,
        start if once else told.expires,
        _kind(told.type, told.period_type, told.is_family_share),
        _is_paid(told),
        _length(told.product_duration),
    )


def _order(payment: Payment) -> tuple[bool, int, int, str, str]:
    told = payment.told
    return payment.kind == ONE_TIME, payment.start, told.at, told.transaction_id, told.event_id


@lru_cache(1_024)
def _kind(event_type: str, period_type: str, is_family_share: bool) -> str:
    if is_family_share:
        return "family"
    if event_type == _ONCE and period_type != _PROMOTIONAL:
        return ONE_TIME
    return period_type.lower() or "normal"


def _is_paid(told: Told) -> bool:
    if told.is_family_share or told.period_type in _FREE:
        return False
    price = told.price_micros if told.price_usd_micros is None else told.price_usd_micros
    return price is None or price > 0


@lru_cache(1_024)
def _length(duration: str) -> int:
    found = _DURATION.fullmatch(duration)
    return int(found[1]) * _UNITS[found[2]] if found else 0
