"""The events that the script must lead to, counted per subscription and type, from the script alone.

RevenueCat's flows, by store: what a consumer of webhooks would expect of this business. Like the
ground truth, it imports nothing of streams or sinks.
"""

from collections import Counter
from collections.abc import Iterable

from deploy.demo.happening import PLAY_STORE, STRIPE, Happening, Kind, Tracked

Events = Counter[tuple[str, str]]
"""How often each type of event is due, by (subscription id, type)."""

_SAME: dict[Kind, tuple[str, ...]] = {
    Kind.TRIAL: ("INITIAL_PURCHASE",),
    Kind.STARTED: ("INITIAL_PURCHASE",),
    Kind.RENEWED: ("RENEWAL",),
    Kind.RETURNED: ("RENEWAL",),
    Kind.CHANGED: ("PRODUCT_CHANGE", "RENEWAL"),
    Kind.CHANGE_PLANNED: ("PRODUCT_CHANGE",),
    Kind.RENEWAL_OFF: ("CANCELLATION",),
    Kind.RENEWAL_ON: ("UNCANCELLATION",),
    Kind.CHARGE_FAILED: ("BILLING_ISSUE", "CANCELLATION"),
    Kind.GRACE_ENDED: ("EXPIRATION",),
    Kind.EXPIRED: ("EXPIRATION",),
    Kind.REFUNDED: ("CANCELLATION",),
    Kind.BOUGHT: ("NON_RENEWING_PURCHASE",),
}


def expected(happenings: Iterable[Happening]) -> Events:
    """Of every subscription that is tracked, sandbox too."""
    counts: Events = Counter()
    renewing: dict[str, bool] = {}
    for happening in happenings:
        subscription = happening.subscription
        if subscription.tracked != Tracked.NEVER:
            types = _types(happening, renewing.get(subscription.id, True))
            counts.update((subscription.id, type_) for type_ in types)
        renewing[subscription.id] = happening.renews
    return counts


def _types(happening: Happening, was_renewing: bool) -> tuple[str, ...]:
    """What is told of one happening; `was_renewing`: nothing had announced the end before it."""
    types, store = _SAME[happening.kind], happening.subscription.store
    if happening.access_ends:
        return (*types, "EXPIRATION")
    if store != STRIPE and happening.kind is Kind.REFUNDED:
        return (*types, "EXPIRATION")
    if store == PLAY_STORE and happening.kind is Kind.CHANGED:
        return ("PRODUCT_CHANGE", "INITIAL_PURCHASE")
    if store == STRIPE and happening.kind is Kind.EXPIRED and was_renewing:
        return types if happening.failing else ("CANCELLATION", *types)
    return types
