"""An event as the fold reads it from table `told_events`, and which telling of each counts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct

from streams.contracts.event import EventType

_CANCELLATION = EventType.CANCELLATION.value


class Told(Struct, frozen=True, gc=False, array_like=True):
    """In the order of the column `told`. Times are unix milliseconds, 0: none; texts not known are empty."""

    event_id: str
    store: str
    subscription_id: str
    type: str
    customer_seen: int
    at: int
    sequence: int
    notification_id: str
    period: str
    product_id: str
    product_duration: str
    period_type: str
    purchased: int
    expires: int
    grace: int
    reason: str
    currency: str
    price_micros: int | None
    price_usd_micros: int | None
    tax_bp: int
    commission_bp: int
    transaction_id: str
    refund_id: str
    is_family_share: bool
    country_code: str
    offer_type: str

    @property
    def is_refund(self) -> bool:
        return self.refund_id != "" and self.type == _CANCELLATION


class Telling(Struct, frozen=True, gc=False, array_like=True):
    """A row of the table, in the order in which it is asked. `written`: unix milliseconds."""

    app_id: str
    environment: str
    sub_key: int
    version: int
    written: int
    customer_id: str
    told: Told


def newest(tellings: Iterable[Telling]) -> list[Sequence[Telling]]:
    """Those of each subscription, the latest of each event, in the order of the events' times."""
    lives: dict[tuple[str, str, str, str], dict[str, Telling]] = defaultdict(dict)
    for one in tellings:
        told = one.told
        life = lives[one.app_id, one.environment, told.store, told.subscription_id]
        known = life.setdefault(told.event_id, one)
        if known is not one and _moment(one) > _moment(known):
            life[told.event_id] = one
    return [sorted(life.values(), key=_order) for life in lives.values()]


def _moment(one: Telling) -> tuple[int, int]:
    """Of one version, which an erasure writes again, the one written last counts, as in the table."""
    return one.version, one.written


def _order(one: Telling) -> tuple[int, str]:
    return one.told.at, one.told.event_id
