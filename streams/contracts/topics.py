"""Every topic: name, what is in it, how long it is kept. Made and checked by `python -m streams topics`."""

from dataclasses import dataclass
from datetime import timedelta

MAX_RECORD = 4 * 1024 * 1024  # bytes, of topics, producers and batches alike
LAYOUT = "v1"  # partition counts never change in place: a new layout is a new inbox

RAW = "notifications.raw"
DEAD = "notifications.dead"
GENUINE = "notifications.genuine"
OUTCOMES = "notifications.outcomes"
POSTED = "purchases.posted"
POINTERS = "purchases.pointers"
PURCHASES = f"purchases.inbox.{LAYOUT}"
CUSTOMER_INBOX = f"customers.inbox.{LAYOUT}"
EVENTS = "events"
CUSTOMERS = "customers"
LAST_RECEIVED = "last-received"
KEYS = "keys"
KEYS_WANTED = "keys.wanted"
RATES = "rates"
CONTROL = "control"
ATTEMPTS = "deliveries.attempts"
DELIVERIES = "deliveries.retries"
DELIVERIES_DEAD = "deliveries.dead"
FORWARDS = "forwards.retries"
FORWARDS_DEAD = "forwards.dead"
CONSOLE_AUDIT = "console.audit"

TRACK_CHANGELOG = f"track-{LAYOUT}-purchases-changelog"
IDENTIFY_CHANGELOG = f"identify-{LAYOUT}-customers-changelog"
RECEIPTS_CHANGELOG = f"receipts-{LAYOUT}-last_received-changelog"

DELAYS = {
    "delay.5s": timedelta(seconds=5),
    "delay.1m": timedelta(minutes=1),
    "delay.10m": timedelta(minutes=10),
    "delay.1h": timedelta(hours=1),
    "delay.6h": timedelta(hours=6),
    "delay.24h": timedelta(hours=24),
}
HEADER_DUE_AT = "due_at"  # unix ms, ASCII
HEADER_TARGET = "target"  # the topic that it goes to when due
HEADER_KIND = "kind"  # which record of a topic that holds several
HEADER_HOPS = "hops"  # how many aliases it passed
HEADER_REASON = "reason"
HEADER_DETAIL = "detail"
HEADER_ATTEMPT = "attempt"
HEADER_SOURCE = "source"  # topic:partition:offset it was read from


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """`retention` None: compacted, for ever. `single`: one partition, read wholly by its followers."""

    name: str
    retention: timedelta | None
    single: bool = False


_MONTH = timedelta(days=30)
ALL = (
    Topic(name=RAW, retention=_MONTH),
    Topic(name=DEAD, retention=timedelta(days=90)),
    Topic(name=GENUINE, retention=_MONTH),
    Topic(name=OUTCOMES, retention=_MONTH),
    Topic(name=POSTED, retention=_MONTH),
    Topic(name=POINTERS, retention=timedelta(days=67)),
    Topic(name=PURCHASES, retention=_MONTH),
    Topic(name=CUSTOMER_INBOX, retention=_MONTH),
    Topic(name=EVENTS, retention=_MONTH),
    Topic(name=CUSTOMERS, retention=None),
    Topic(name=LAST_RECEIVED, retention=None, single=True),
    Topic(name=KEYS, retention=None, single=True),
    Topic(name=KEYS_WANTED, retention=timedelta(days=1), single=True),
    Topic(name=RATES, retention=None, single=True),
    Topic(name=CONTROL, retention=None, single=True),
    Topic(name=ATTEMPTS, retention=timedelta(days=11)),
    Topic(name=DELIVERIES, retention=timedelta(days=11)),
    Topic(name=DELIVERIES_DEAD, retention=timedelta(days=90)),
    Topic(name=FORWARDS, retention=timedelta(days=11)),
    Topic(name=FORWARDS_DEAD, retention=timedelta(days=90)),
    Topic(name=CONSOLE_AUDIT, retention=timedelta(days=400)),
    Topic(name=TRACK_CHANGELOG, retention=None),
    Topic(name=IDENTIFY_CHANGELOG, retention=None),
    Topic(name=RECEIPTS_CHANGELOG, retention=None),
    *(Topic(name=name, retention=step + timedelta(days=7)) for name, step in DELAYS.items()),
)
