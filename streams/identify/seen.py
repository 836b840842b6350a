"""The ids of one customer: which is shown, which was first, and when each was met.

"Seen" is what reaches this service: a purchase's changes, attributes and aliases that name the id.
"""

from datetime import datetime

from streams.contracts.ids import CustomerId, is_anonymous
from streams.identify.state import Seen

MOST_IDS = 200
Ids = dict[CustomerId, Seen]


def met(seen: Ids, customer_id: CustomerId, first_at: datetime, last_at: datetime) -> Ids:
    """The ids with one met at these times."""
    return both(seen, {customer_id: Seen(first_at, last_at)})


def both(one: Ids, other: Ids) -> Ids:
    """The ids of both, each from its first to its last time, in a fixed order."""
    joined = dict(one)
    for name, told in other.items():
        known = joined.get(name, told)
        times = min(known.first_at, told.first_at), max(known.last_at, told.last_at)
        joined[name] = Seen(*times)
    return {name: joined[name] for name in sorted(joined)}


def fewer(seen: Ids, key: CustomerId) -> Ids:
    """At most MOST_IDS: the first one, the key, and those seen last."""
    if len(seen) <= MOST_IDS:
        return seen
    stays = {original(seen), key}
    newest = sorted(seen, key=lambda name: (name in stays, seen[name].last_at, name))[-MOST_IDS:]
    return {name: seen[name] for name in sorted(newest)}


def shown(seen: Ids) -> CustomerId:
    """RevenueCat's choice: of the ids that name somebody the one seen last, else any seen last."""
    named = [name for name in seen if not is_anonymous(name)]
    return max(named or seen, key=lambda name: (seen[name].last_at, name))


def original(seen: Ids) -> CustomerId:
    """The first id ever; of two met at once the anonymous one, which is older than a log-in."""
    return min(seen, key=lambda name: (seen[name].first_at, not is_anonymous(name), name))
