"""What became of a message (topic notifications.outcomes), and the label that comes of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from streams.contracts.ids import AppId, ReceiptId, StoreName
from streams.contracts.money import Money
from streams.contracts.step import Record
from streams.contracts.words import Environment, Origin


class OutcomeKind(StrEnum):
    MATCHED = "matched"  # about a tracked purchase, applied
    DUPLICATE = "duplicate"  # the same id again
    STALE = "stale"  # older than known, and nothing new in it
    PARKED = "parked"  # genuine, its purchase is not tracked
    PARKED_DROPPED = "parked_dropped"  # fell out of a purchase's parking
    TEST = "test"
    NO_PURCHASE = "no_purchase"  # genuine, about no purchase; kept
    NEEDS_CREDENTIALS = "needs_credentials"
    REJECTED = "rejected"
    UNKNOWN_TOKEN = "unknown_token"  # noqa: S105 - counted at the door, `count` posts
    SKIPPED = "skipped"  # an operator skipped a gap of offsets
    BUG = "bug"
    TRACKED = "tracked"  # a post or an import joined a purchase to a customer
    POSTED = "posted"  # the first post of a purchase by the app's backend: key app/-


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`tracked`: its purchase was, when it was applied. `reason`: why rejected, or what a test was."""

    kind: OutcomeKind
    app_id: AppId
    store: StoreName  # "-" for an app's own posts
    received_at: datetime
    receipt_id: ReceiptId
    origin: Origin
    environment: Environment | None = None
    tracked: bool = False
    connection_check: bool = False
    notification_id: str = ""
    notification_type: str = ""
    purchase_key: str = ""
    customer_id: str = ""
    reason: str = ""
    detail: str = ""
    occurred_at: datetime | None = None
    count: int = 1
    events: int = 0  # how many changes it led to
    unknown: bool = False  # the store used a word that its table lacks
    ships: bool = False
    price: Money | None = None
    source: str = ""  # topic/partition of the record that led to it; "": counted at the door
    source_offset: int = -1
    source_place: int = 0  # among the outcomes of that record


def stamped(outcomes: Iterable[Outcome], record: Record) -> tuple[Outcome, ...]:
    """The outcomes with the record that led to them, by which receipts knows a repetition.

    A worker that ends after its outputs and before its state reads the record again and tells the
    same outcomes again, at new offsets: without this they would be counted twice. Only for a reader
    that tells them in the order of its records: what seems to be before the last one is passed over.
    """
    source = f"{record.topic}/{record.partition}"
    return tuple(
        replace(outcome, source=source, source_offset=record.offset, source_place=place)
        for place, outcome in enumerate(outcomes)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BillableMonth:
    """What an app's backend posted in one UTC month: purchases, each once, and their USD."""

    month: str  # "2026-11"
    purchases: int
    usd_micros: int
    unpriced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LastReceived:
    """Key app/store. Every time only increases. `counts`: outcomes since the first one, by kind."""

    app_id: AppId
    store: StoreName
    last_received_at: datetime | None = None
    last_authentic_at: datetime | None = None
    last_rejected_at: datetime | None = None
    last_rejected_reason: str = ""
    last_rejected_detail: str = ""
    last_untracked_at: datetime | None = None
    counts: dict[str, int] = field(default_factory=dict)
    first_rejections: int = 0  # rejected for their signature before anything was authentic


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipping:
    """Key app/-: set by the app's own posts and by nothing else."""

    app_id: AppId
    shipped_at: datetime | None = None
    billable: tuple[BillableMonth, ...] = ()


SUSPICIOUS = 5
"""So many first notifications, all with a wrong signature, point at a wrong secret."""
UNJOINED = ("parked", "duplicate", "stale", "no_purchase")
"""Kinds of what is genuine; where there is no "Last received", none of it was about a tracked purchase."""


def wrong_secret(value: LastReceived | None) -> bool:
    """Whether the first notifications all failed on their signature and none has passed since."""
    unproven = value is not None and value.last_authentic_at is None
    return unproven and value is not None and value.first_rejections >= SUSPICIOUS


def why_empty(value: LastReceived | None, unknown_token_posts: int = 0) -> str:
    """Why there is no "Last received"; "" when there is one."""
    if value is not None and value.last_received_at is not None:
        return ""
    counts = value.counts if value is not None else {}
    reason = value.last_rejected_reason if value is not None else ""
    told = (
        (counts.get("rejected", 0), f"rejected ({reason})"),
        (sum(counts.get(kind, 0) for kind in UNJOINED), "authentic but untracked"),
        (counts.get("needs_credentials", 0), "waiting for the store's credentials"),
        (counts.get("test", 0), "tests that say nothing of a subscription"),
        (counts.get("bug", 0), "failed here (see notifications.dead)"),
        (unknown_token_posts, "posts to an unknown token"),
    )
    return "; ".join(f"{n} {text}" for n, text in told if n) or "nothing came"
