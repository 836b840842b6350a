"""What was told of a subscription beside its payments, and which period each is about."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct

from sinks.charts.fold.payments import Payment
from sinks.charts.fold.told import Told
from streams.contracts.event import EventType
from streams.contracts.words import Reason

FOREVER = 4_294_967_295_000  # the last second that a DateTime holds
_EXPIRATION, _BILLING_ISSUE = EventType.EXPIRATION.value, EventType.BILLING_ISSUE.value
_CANCELLATION, _UNCANCELLATION = EventType.CANCELLATION.value, EventType.UNCANCELLATION.value
_ABOUT_A_PERIOD = frozenset(
    {
        _EXPIRATION,
        _BILLING_ISSUE,
        _CANCELLATION,
        _UNCANCELLATION,
        EventType.SUBSCRIPTION_EXTENDED.value,
    }
)


class Fact(Struct, frozen=True, gc=False):
    """`until`: the period goes on at least as long. `over`: when the store ended it.
    `renews`: to what auto-renew was switched; None: it was not."""

    type: str
    at: int
    reason: str
    place: int
    until: int
    over: int
    renews: bool | None


def facts_about(events: Iterable[Told], payments: Sequence[Payment]) -> list[Fact]:
    """In the order of their times, as `events` are."""
    told_of = [told for told in events if told.type in _ABOUT_A_PERIOD]
    if not told_of:
        return []
    names = {payment.told.period: place for place, payment in enumerate(payments, 1)}
    starts = sorted(payment.start for payment in payments)
    found = []
    for told in told_of:
        named = names.get(told.period, 0)
        place = named or bisect_right(starts, told.at)
        over = _over(told, payments[named - 1] if named else None)
        found.append(
            Fact(told.type, told.at, told.reason, place, _until(told, named), over, _renews(told))
        )
    return found


def by_place(facts: Iterable[Fact]) -> dict[int, list[Fact]]:
    found: dict[int, list[Fact]] = defaultdict(list)
    for fact in facts:
        found[fact.place].append(fact)
    return found


def _until(told: Told, named: int) -> int:
    if told.type != _BILLING_ISSUE:
        return told.expires
    return told.grace or (0 if named else FOREVER)


def _over(told: Told, named: Payment | None) -> int:
    """An end dated before the message that told of the payment, by another message, was overtaken by
    it: access went on."""
    if told.type != _EXPIRATION:
        return 0
    overtaken = (
        named is not None
        and told.at < named.told.at
        and told.notification_id != named.told.notification_id
    )
    return 0 if overtaken else told.at


def _renews(told: Told) -> bool | None:
    if told.type == _UNCANCELLATION:
        return True
    cancels = told.type == _CANCELLATION and not told.refund_id
    return False if cancels and told.reason != Reason.BILLING_ERROR else None
