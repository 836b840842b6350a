"""What is kept of one purchase: who owns it, the facts told of it, and what waits until it is tracked.

The state holds facts, not conclusions. Transactions and refunds are told by id; standings are kept
as points on the timeline of their period. Everything that was or will be emitted follows from
these, so the order in which messages came leaves no trace in it.
"""

from datetime import UTC, datetime, timedelta

from msgspec import Raw, Struct, field
from msgspec.structs import replace

from streams.contracts.codec import decode
from streams.contracts.errors import ConfigError
from streams.contracts.ids import CustomerId, PurchaseKey
from streams.contracts.snapshot import Issued, Refund, Standing, Transaction
from streams.contracts.words import Signal

SCHEMA = 1
MOST_SEEN = 1_000  # notification ids kept to name a redelivery

Order = tuple[int, str]
"""(occurred_at in unix ms, id of the message): the order of what happened."""


class Position(Struct, frozen=True, array_like=True):
    """Where in the inbox a record stood; offsets of one layout and partition only grow."""

    layout: str
    partition: int
    offset: int


class Told(Struct, frozen=True, omit_defaults=True):
    """A transaction as the oldest message told it; what moves later stands on the timeline."""

    by: Order
    transaction: Transaction


class Returned(Struct, frozen=True, omit_defaults=True):
    """A refund or the undoing of one, as its oldest message told it."""

    by: Order
    refund: Refund


class Billed(Struct, frozen=True, omit_defaults=True):
    """An invoice that was issued, as its oldest message told it."""

    by: Order
    invoice: Issued


class Point(Struct, frozen=True, omit_defaults=True):
    """One standing on the timeline of its period."""

    by: Order
    signal: Signal
    standing: Standing


class Parked(Struct, frozen=True, omit_defaults=True):
    """A record that waits for its purchase to be tracked, as it stood in the inbox."""

    by: Order
    kind: str
    received_at: datetime
    record: Raw


class PurchaseState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`owner` None: not tracked. `alias_of` set: only another name, and nothing else is kept.

    What no longer fitted (see bounds): `before`: of a period's shortened timeline, how often each
    kind of fact had happened in what is gone; `terms_dropped`: how many terms of each item are.
    """

    schema: int = SCHEMA
    applied: Position | None = None
    alias_of: PurchaseKey | None = None
    alias_ref: str = ""
    owner: CustomerId | None = None
    named: CustomerId | None = None  # by the store, while the owner is anonymous
    billed: bool = False  # counted among the posts of the app's own backend
    sequence: int = 0
    newest: Order | None = None
    seen: tuple[Order, ...] = ()
    transactions: dict[str, Told] = field(default_factory=dict)
    refunds: dict[str, Returned] = field(default_factory=dict)
    reversals: dict[str, Returned] = field(default_factory=dict)
    periods: dict[str, tuple[Point, ...]] = field(default_factory=dict)
    invoices: dict[str, Billed] = field(default_factory=dict)
    parked: tuple[Parked, ...] = ()
    parked_dropped: int = 0
    points_dropped: int = 0
    before: dict[str, dict[str, int]] = field(default_factory=dict)
    terms_dropped: dict[str, int] = field(default_factory=dict)
    due_at: datetime | None = None  # when it will be asked for: the one outstanding Due's
    asked_as: tuple[Order, str] | None = None  # by which id, as the newest message that said it
    changed_at: datetime | None = (
        None  # the latest received_at of its changes: a correction's is later
    )

    @property
    def tracked(self) -> bool:
        return self.owner is not None


def order_of(occurred_at: datetime, message_id: str) -> Order:
    return (round(occurred_at.timestamp() * 1000), message_id)


def time_of(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)


def add_seen(state: PurchaseState, by: Order, *, own: bool = False) -> PurchaseState:
    """Remember a message, the newest ones only; `own`: an answer to our question, which nobody sends again."""
    seen = state.seen if own else tuple(sorted({*state.seen, by}))[-MOST_SEEN:]
    return replace(state, seen=seen, newest=max(by, state.newest or by))


def read_state(value: bytes | None) -> PurchaseState | None:
    """The state as stored. Raise ConfigError for one that a newer version wrote: it is never rewritten."""
    if value is None:
        return None
    state = decode(value, PurchaseState)
    if state.schema > SCHEMA:
        raise ConfigError(
            f"a purchase's state has schema {state.schema}, this version knows {SCHEMA}: "
            "upgrade every track worker before any of them writes the newer one"
        )
    return state
