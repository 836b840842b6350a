"""What a customer holds now, by the periods that charts have folded, and which entitlements come of it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sinks.console.customers_queries import Folded
from sinks.console.told import Told

# What the fold writes for "never" and "without an end".
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_ENDLESS = datetime(2106, 1, 1, tzinfo=UTC)
_ONE_TIME = "one_time"
_KINDS = {
    "normal": "Active",
    "intro": "Active, at an introductory price",
    "trial": "In a trial",
    "prepaid": "Active, prepaid",
    "promotional": "Granted",
    "family": "Active, through family sharing",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One subscription or one-time purchase. `until` None: without an end. `tone`: of its badge."""

    purchase_key: str
    subscription_id: str
    store: str
    environment: str
    product_id: str
    words: str
    tone: str
    active: bool
    since: datetime
    until: datetime | None
    entitlements: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """`until` None: without an end. Of several holdings that give it the longest counts."""

    name: str
    environment: str
    active: bool
    until: datetime | None
    by: str


def holdings(
    folded: Iterable[Folded], events: Iterable[Told], now: datetime
) -> tuple[Holding, ...]:
    """What is held first, then what was."""
    known = list(events)
    gives = {event.product_id: event.entitlement_ids for event in known[::-1]}
    keys = {event.subscription_id: event.purchase_key for event in known}
    found = [
        _holding(one, place, gives, keys.get(one.subscription_id, one.subscription_id), now)
        for one in folded
        for place in _places(one)
    ]
    return tuple(sorted(found, key=lambda each: not each.active))


def entitlements(held: Iterable[Holding]) -> tuple[Entitlement, ...]:
    """By name; production apart from sandbox."""
    best: dict[tuple[str, str], Holding] = {}
    for one in held:
        for name in one.entitlements:
            key = (name, one.environment)
            best[key] = max(best.get(key, one), one, key=_worth)
    return tuple(
        Entitlement(
            name=name,
            environment=environment,
            active=one.active,
            until=one.until,
            by=one.product_id,
        )
        for (name, environment), one in sorted(best.items())
    )


def _worth(one: Holding) -> tuple[bool, datetime]:
    return one.active, one.until or _ENDLESS


def _places(one: Folded) -> list[int]:
    """Of the newest period that has a length, and of each one-time purchase."""
    lengthy = [place for place, kind in enumerate(one.kinds) if kind != _ONE_TIME]
    single = [place for place, kind in enumerate(one.kinds) if kind == _ONE_TIME]
    return lengthy[-1:] + single


def _holding(
    one: Folded, place: int, gives: Mapping[str, tuple[str, ...]], key: str, now: datetime
) -> Holding:
    single = one.kinds[place] == _ONE_TIME
    words, tone, active = _bought(one, place) if single else _stands(one, place, now)
    until = one.ends[place]
    return Holding(
        purchase_key=key,
        subscription_id=one.subscription_id,
        store=one.store,
        environment=one.environment,
        product_id=one.products[place],
        words=words,
        tone=tone,
        active=active,
        since=one.starts[place],
        until=None if single or until >= _ENDLESS else until,
        entitlements=gives.get(one.products[place], ()),
    )


def _bought(one: Folded, place: int) -> tuple[str, str, bool]:
    if one.refunds[place] > _NEVER:
        return "Bought once, refunded", "bad", False
    return "Bought once", "good", True


def _stands(one: Folded, place: int, now: datetime) -> tuple[str, str, bool]:
    """In words, with the badge's tone, and whether it gives access."""
    if one.ends[place] > now:
        kind = _KINDS.get(one.kinds[place], one.kinds[place].title())
        if one.expiries[place] <= now:
            return "In grace: a charge failed, access goes on", "warn", True
        return (
            (kind, "good", True) if one.renews[place] else (f"{kind}, not renewing", "warn", True)
        )
    if one.patient[place] > now:
        return "Due: its end has passed, and nobody has said what follows", "warn", True
    if one.refunds[place] > _NEVER:
        return "Refunded", "bad", False
    return "Ended", "plain", False
