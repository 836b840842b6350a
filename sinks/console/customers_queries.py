"""What ClickHouse knows of customers and purchases: the questions, and their rows.

`events` is sorted by subscription, so a question by a name reads few columns of all of them, and
then the rows themselves of few. Of an event that was told twice the newest telling counts.
"""

from dataclasses import dataclass
from datetime import datetime

from sinks.console.told import COLUMNS

MOST_FOUND = 50
MOST_EVENTS = 500
RECENT_DAYS = 7

_FOUND = f"""
SELECT app_id, customer_id, uniqExact(event_id) AS events, max(received_at) AS last_at,
  groupUniqArray(6)(purchase_key) AS purchases, groupUniqArrayArray(12)(aliases) AS known_as
FROM {{events}}
GROUP BY app_id, customer_id
ORDER BY last_at DESC, app_id, customer_id
LIMIT {MOST_FOUND}
"""  # noqa: S608 - a number of ours
SEARCH = _FOUND.replace(
    "{events}",
    """events
WHERE ({app:String} = '' OR app_id = {app:String})
  AND (startsWith(customer_id, {q:String}) OR has(aliases, {q:String}) OR original_customer_id = {q:String}
    OR has(transferred_from, {q:String}) OR transaction_id = {q:String} OR original_transaction_id = {q:String}
    OR purchase_key = {q:String} OR endsWith(purchase_key, concat('/', {q:String})))""",
)
# The newest of all events: those who have so many news that others fall out are busy enough.
RECENT = _FOUND.replace(
    "{events}",
    """(
  SELECT app_id, customer_id, event_id, received_at, purchase_key, aliases FROM events
  WHERE ({app:String} = '' OR app_id = {app:String}) AND received_at >= {since:DateTime64(3, 'UTC')}
  ORDER BY received_at DESC LIMIT 2000)""",
)
# Purchases that nobody holds, as far as it is known: only notifications tell of them.
UNTRACKED = """
SELECT purchase_key, countIf(kind = 'parked') AS parked, max(received_at) AS last_at
FROM outcomes
WHERE ({app:String} = '' OR app_id = {app:String})
  AND (purchase_key = {q:String} OR endsWith(purchase_key, concat('/', {q:String})))
GROUP BY purchase_key
HAVING NOT max(tracked)
ORDER BY last_at DESC
LIMIT 20
"""
# By whichever of a customer's events one of the names is in, all the others are known.
NAMES = """
SELECT groupUniqArrayArray(1000)(arrayConcat([customer_id, original_customer_id], aliases)) AS ids,
  argMax(customer_id, version) AS shown_id, argMax(original_customer_id, version) AS first_id,
  min(customer_first_seen_at) AS first_seen_at, count() AS events
FROM events
WHERE app_id = {app:String}
  AND (customer_id = {id:String} OR original_customer_id = {id:String} OR has(aliases, {id:String}))
"""
_TIMELINE = f"""
SELECT {COLUMNS} FROM (
  SELECT * FROM events WHERE app_id = {{app:String}} AND {{condition}}
  ORDER BY version DESC LIMIT 1 BY event_id
)
ORDER BY occurred_at DESC, purchase_key, sequence DESC
LIMIT {MOST_EVENTS + 1}
"""  # noqa: S608 - a number of ours
TIMELINE_OF_CUSTOMER = _TIMELINE.replace(
    "{condition}",
    """(customer_id IN {ids:Array(String)} OR original_customer_id IN {ids:Array(String)}
    OR hasAny(aliases, {ids:Array(String)}) OR hasAny(transferred_from, {ids:Array(String)}))""",
)
TIMELINE_OF_PURCHASE = _TIMELINE.replace("{condition}", "purchase_key = {key:String}")
SUBSCRIPTIONS = """
SELECT environment, store, subscription_id, customer_id, periods.kind AS kinds, periods.product_id AS products,
  periods.started_at AS starts, periods.ended_at AS ends, periods.expires_at AS expiries,
  periods.patient_until AS patient, periods.renews AS renews, periods.refunded_at AS refunds
FROM subscriptions FINAL
WHERE app_id = {app:String} AND environment IN ('PRODUCTION', 'SANDBOX') AND sub_key IN {keys:Array(UInt64)}
ORDER BY last_end DESC, subscription_id
"""
TOLD_OF = """
SELECT receipt_id, kind, notification_type, reason, customer_id, tracked, received_at, events
FROM outcomes
WHERE app_id = {app:String} AND store = {store:String} AND purchase_key = {key:String}
ORDER BY received_at DESC, written_at DESC
LIMIT 1 BY kind, source, source_offset, source_place
LIMIT 30
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCustomer:
    """`events`: how many of those that match. `purchases` and `known_as`: some of them."""

    app_id: str
    customer_id: str
    events: int
    last_at: datetime
    purchases: tuple[str, ...]
    known_as: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UntrackedPurchase:
    """`parked`: how many of its notifications wait, or waited until they fell out."""

    purchase_key: str
    parked: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """All ids of one customer, the one that is shown and the first ever. `events` 0: nobody has this name."""

    ids: tuple[str, ...]
    shown_id: str
    first_id: str
    first_seen_at: datetime
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A row of `subscriptions`: its periods, an element each, one-time purchases last."""

    environment: str
    store: str
    subscription_id: str
    customer_id: str
    kinds: tuple[str, ...]
    products: tuple[str, ...]
    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]
    expiries: tuple[datetime, ...]
    patient: tuple[datetime, ...]
    renews: tuple[bool, ...]
    refunds: tuple[datetime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldOf:
    """An outcome of a notification about a purchase."""

    receipt_id: str
    kind: str
    notification_type: str
    reason: str
    customer_id: str
    tracked: bool
    received_at: datetime
    events: int
