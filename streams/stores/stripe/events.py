"""Stripe's event and the subscriptions that it carries, as far as they are read, in both shapes.

The payload follows the API version of the endpoint. Since 2025-03-31 the period is on the items, an
invoice's subscription under `parent`, a line's price under `pricing`; both are taken everywhere.
"""

from typing import NamedTuple

from msgspec import Raw, Struct, field

from streams.contracts.words import Environment

NOTHING = Raw(b"null")


class Content(Struct, frozen=True, kw_only=True):
    """Member `data` of a snapshot event."""

    object: Raw
    previous_attributes: Raw = NOTHING  # a union with None would take nothing but null


class Event(Struct, frozen=True, kw_only=True):
    """A snapshot event, or a thin one (`data` None, `created` RFC 3339)."""

    id: str
    object: str
    type: str
    created: int | str
    livemode: bool
    account: str | None = None
    data: Content | None = None


class Message(NamedTuple):
    """A verified event: `content` of a VerifiedPayload of this store."""

    event: Event
    environment: Environment


class Recurring(Struct, frozen=True, kw_only=True):
    usage_type: str = "licensed"


class Price(Struct, frozen=True, kw_only=True):
    """`unit_amount` None: tiered, or too fine for whole minor units."""

    id: str
    product: str | None = None
    unit_amount: int | None = None
    currency: str | None = None
    recurring: Recurring | None = None


class SubscriptionItem(Struct, frozen=True, kw_only=True):
    id: str
    price: Price
    current_period_start: int | None = None
    current_period_end: int | None = None


class Items(Struct, frozen=True, kw_only=True):
    data: tuple[SubscriptionItem, ...] = ()


class CancellationDetails(Struct, frozen=True, kw_only=True):
    reason: str | None = None


class PauseCollection(Struct, frozen=True, kw_only=True):
    resumes_at: int | None = None


class PhaseItem(Struct, frozen=True, kw_only=True):
    """`price`: its id, or itself in an answer."""

    price: Price | str | None = None


class Phase(Struct, frozen=True, kw_only=True):
    start_date: int
    items: tuple[PhaseItem, ...] = ()


class Schedule(Struct, frozen=True, kw_only=True):
    subscription: str | None = None
    released_subscription: str | None = None
    phases: tuple[Phase, ...] = ()


class Subscription(Struct, frozen=True, kw_only=True):
    """`schedule`: its id, or itself in an answer. `canceled_at`: when that was asked for, whatever the end."""

    id: str
    status: str
    items: Items
    customer: str | None = None
    created: int = 0
    start_date: int | None = None
    current_period_start: int | None = None
    current_period_end: int | None = None
    trial_start: int | None = None
    trial_end: int | None = None
    cancel_at_period_end: bool = False
    cancel_at: int | None = None
    canceled_at: int | None = None
    ended_at: int | None = None
    cancellation_details: CancellationDetails | None = None
    pause_collection: PauseCollection | None = None
    schedule: Schedule | str | None = None
    metadata: dict[str, str] | None = None


class FormerPrice(Struct, frozen=True, kw_only=True):
    """Old values may come as a part of the object."""

    id: str | None = None
    product: str | None = None


class FormerItem(Struct, frozen=True, kw_only=True):
    id: str | None = None
    price: FormerPrice | None = None
    current_period_start: int | None = None
    current_period_end: int | None = None


class FormerItems(Struct, frozen=True, kw_only=True):
    data: tuple[FormerItem, ...] = ()


class Former(Struct, frozen=True, kw_only=True):
    """`previous_attributes` of a subscription: the old values of what changed."""

    items: FormerItems = field(default_factory=FormerItems)
    current_period_start: int | None = None
    current_period_end: int | None = None
