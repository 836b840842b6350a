"""What is kept of one customer: who they are, what they hold, the rates their prices were told at.

What a customer holds is kept as registers, each won by the newest change (`joined` in terms.py), so
that it depends on which changes came and not on their order.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct, field

from streams.contracts.codec import decode
from streams.contracts.errors import ConfigError
from streams.contracts.ids import AppId, CustomerId, NotificationId, PurchaseKey, StoreName
from streams.contracts.money import Rate
from streams.contracts.words import Environment, PeriodType

SCHEMA = 1

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
    of its own, from then to the same end (`ends_at`): one period all the same. `first_at`: the first change of this period. `named`: the last one that says this is the product
    in force, by which the present product of a subscription is told from those that it replaced.
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


class CustomerState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`applied`: the last position, for exact replay protection.

    `rates`: by the fact of a transaction, the rate its price was told at; None: told without one.
    A refund uses the same, so that it takes back what was counted, to the micro. `dropped`: terms
    that no longer fitted.
    """

    schema: int = SCHEMA
    applied: Position | None = None
    customer_id: CustomerId
    original_customer_id: CustomerId
    aliases: tuple[CustomerId, ...] = ()
    attributes: dict[str, dict[str, str | int]] = field(default_factory=dict)
    first_seen_at: datetime
    last_seen_at: datetime
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
    return state
