"""A customer: what topic `customers` (compacted) shows of one, and what a backend says of one.

A person may have many ids, which are aliases of one another. One of them is the key of all that is
kept and told of the person; `Customer.customer_id` is the one that is shown.
"""

from dataclasses import dataclass, field
from datetime import datetime

from streams.contracts.ids import AppId, CustomerId, PurchaseKey, StoreName
from streams.contracts.words import Environment, PeriodType

MAX_CUSTOMER_ID = 255


def is_customer_id(value: str) -> bool:
    """Whether a backend may call a customer so: printable, no spaces around it."""
    short = 0 < len(value) <= MAX_CUSTOMER_ID
    return short and value.isprintable() and value == value.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPurchase:
    """One product that a customer holds or held, at its newest period."""

    purchase_key: PurchaseKey
    app_id: AppId
    store: StoreName
    store_name: str
    environment: Environment
    product_id: str
    item: str
    one_time: bool = False
    entitlement_ids: tuple[str, ...] = ()
    period_type: PeriodType = PeriodType.NORMAL
    original_purchased_at: datetime | None = None
    purchased_at: datetime | None = None
    expires_at: datetime | None = None
    grace_expires_at: datetime | None = None
    unsubscribed_at: datetime | None = None
    billing_issue_at: datetime | None = None
    refunded_at: datetime | None = None
    ended_at: datetime | None = None
    auto_resume_at: datetime | None = None
    family_share: bool = False
    transaction_id: str | None = None
    price_micros: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A person as the operator's backend knows them, with all that they bought.

    `customer_id`: RevenueCat's app_user_id: of the ids that are not anonymous the one seen last,
    else any seen last. `original_customer_id`: the first id ever. `aliases`: every id, sorted.
    """

    customer_id: CustomerId
    original_customer_id: CustomerId
    first_seen_at: datetime
    last_seen_at: datetime
    aliases: tuple[CustomerId, ...] = ()
    attributes: dict[str, dict[str, str | int]] = field(default_factory=dict)
    purchases: tuple[HeldPurchase, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAlias:
    """`customer_id` and `alias` are one person (topic customers.inbox, to either of them).

    `follows`: from other aliases; nobody said it, so that neither id was met by it.
    """

    customer_id: CustomerId
    alias: CustomerId
    received_at: datetime
    follows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """What a backend says of a customer (topic customers.inbox): {"value", "updated_at_ms"} by name.

    Of two values of one name the later one counts, whenever it comes; the value "" takes it away.
    """

    customer_id: CustomerId
    values: dict[str, dict[str, str | int]]
    received_at: datetime
