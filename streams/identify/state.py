"""What is kept of one customer: who they are, what they hold, the rates their prices were told at.

What a customer holds is kept as registers, each won by the newest change (`joined` in terms.py), so
that it depends on which changes came and not on their order.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from streams.contracts.codec import decode
from streams.contracts.errors import ConfigError
from streams.contracts.ids import AppId, CustomerId, NotificationId, PurchaseKey, StoreName
from streams.contracts.money import Rate
from streams.contracts.words import Environment, PeriodType

SCHEMA = 2

Position = tuple[int, int]
"""(partition, offset) in the inbox; a customer's partition never changes in one layout."""


class Register(StrEnum):
    """A time that a change sets or clears."""

    EXPIRES = "expires"
    GRACE = "grace"
    UNSUBSCRIBED = "unsubscribed"
    BILLING = "billing"
    ENDED = "ended"
    REFUNDED = "refunded"
    RESUMES = "resumes"


class Order(NamedTuple):
    """Where a change stands among those of its purchase: by when the store said it. Of two in one
    moment `tie` decides, then the message, as on track's timeline."""

    at: datetime
    tie: int
    message: NotificationId


class Mark(Struct, frozen=True, array_like=True):
    """A register's value; that of the newest change wins."""

    order: Order
    value: datetime | None = None


class Sale(Struct, frozen=True, omit_defaults=True):
    """The transaction of a term; of several in one period the newest."""

    purchased_at: datetime
    transaction_id: str
    period_type: PeriodType = PeriodType.NORMAL
    price_micros: int | None = None
    currency: str | None = None
    family_share: bool = False


class Term(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One product of one purchase at its newest period.

    `periods`: its names. A price that changed inside a Stripe period is a transaction with a name
    of its own, from then to the same end (`ends_at`): one period all the same. `first_at`: the first
    change of this period. `named`: the last one that says this is the product in force, by which the
    present product of a subscription is told from those that it replaced.
    """

    purchase_key: PurchaseKey
    subscription_id: str
    app_id: AppId
    store: StoreName
    environment: Environment
    product_id: str
    one_time: bool = False
    periods: tuple[str, ...]
    ends_at: datetime | None = None
    purchased_at: datetime
    original_purchased_at: datetime
    first_at: datetime
    named: Mark | None = None
    sale: Sale | None = None
    registers: dict[Register, Mark] = field(default_factory=dict)


class Seen(Struct, frozen=True, array_like=True):
    """When an id of the customer was first and last met."""

    first_at: datetime
    last_at: datetime


class Move(Struct, frozen=True, array_like=True):
    """The last transfer of a purchase, by its place among the changes of the purchase."""

    sequence: int
    to: CustomerId


class CustomerState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`customer_id`: the key. `applied`: the last position, for exact replay protection.

    `alias_of` set: all that came to this id went there, and what comes goes there; nothing else is
    kept. `seen`: every id of the customer. `attributes`: those taken away too, with the value "".
    `strangers`: anonymous customers whose purchases came by here when nobody had met this one yet.
    `moves`: whose the purchases are that were transferred, to or from this customer.
    `rates`: by the fact of a transaction, the rate its price was told at; None: told without one.
    A refund uses the same, so that it takes back what was counted, to the micro. `dropped`: terms
    that no longer fitted.
    """

    schema: int = 1  # what a state without one was written as
    applied: Position | None = None
    customer_id: CustomerId
    alias_of: CustomerId | None = None
    seen: dict[CustomerId, Seen] = field(default_factory=dict)
    attributes: dict[str, dict[str, str | int]] = field(default_factory=dict)
    moves: dict[PurchaseKey, Move] = field(default_factory=dict)
    strangers: tuple[CustomerId, ...] = ()
    terms: tuple[Term, ...] = ()
    rates: dict[str, Rate | None] = field(default_factory=dict)
    dropped: int = 0


def read_state(value: bytes | None) -> CustomerState | None:
    """The state as stored. Raise ConfigError for one that a newer version wrote: it is never rewritten."""
    if value is None:
        return None
    state = decode(value, CustomerState)
    if state.schema > SCHEMA:
        raise ConfigError(
            f"a customer's state has schema {state.schema}, this version knows {SCHEMA}: "
            "upgrade every identify worker before any of them writes the newer one"
        )
    return state if state.schema == SCHEMA else _with_aliases(state, decode(value, _Alone))


class _Alone(Struct, frozen=True, kw_only=True):
    """Of a state of schema 1, which had one id."""

    first_seen_at: datetime
    last_seen_at: datetime


def _with_aliases(state: CustomerState, alone: _Alone) -> CustomerState:
    seen = {state.customer_id: Seen(alone.first_seen_at, alone.last_seen_at)}
    return replace(state, schema=SCHEMA, seen=seen)
