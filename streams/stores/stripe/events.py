"""Stripe's event and the objects that it carries, as far as they are read, in both shapes.

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


class Period(Struct, frozen=True, kw_only=True):
    start: int
    end: int


class Discount(Struct, frozen=True, kw_only=True):
    amount: int


class Tax(Struct, frozen=True, kw_only=True):
    """`inclusive` in the old shape, `tax_behavior` in the new one."""

    amount: int
    inclusive: bool | None = None
    tax_behavior: str | None = None

    @property
    def on_top(self) -> bool:
        return self.inclusive is False or self.tax_behavior == "exclusive"


class PriceDetails(Struct, frozen=True, kw_only=True):
    price: str | None = None
    product: str | None = None


class Pricing(Struct, frozen=True, kw_only=True):
    price_details: PriceDetails | None = None


class LineDetails(Struct, frozen=True, kw_only=True):
    """Of an item of a subscription, or of an invoice item, which has no `subscription_item`."""

    subscription_item: str | None = None
    proration: bool = False


class LineParent(Struct, frozen=True, kw_only=True):
    subscription_item_details: LineDetails | None = None
    invoice_item_details: LineDetails | None = None


class Line(Struct, frozen=True, kw_only=True):
    """`unique_id`: the line's own id where an old API version put the subscription's in `id`."""

    id: str
    amount: int
    period: Period
    unique_id: str | None = None
    quantity: int | None = None
    discount_amounts: tuple[Discount, ...] | None = None
    taxes: tuple[Tax, ...] | None = None
    tax_amounts: tuple[Tax, ...] | None = None
    pricing: Pricing | None = None
    parent: LineParent | None = None
    price: Price | None = None
    proration: bool | None = None
    subscription_item: str | None = None


class Lines(Struct, frozen=True, kw_only=True):
    """At most ten come with an event."""

    data: tuple[Line, ...] = ()


class SubscriptionDetails(Struct, frozen=True, kw_only=True):
    subscription: str | None = None
    metadata: dict[str, str] | None = None


class InvoiceParent(Struct, frozen=True, kw_only=True):
    subscription_details: SubscriptionDetails | None = None


class Invoice(Struct, frozen=True, kw_only=True):
    """`id` None: invoice.upcoming, which is not stored."""

    currency: str
    id: str | None = None
    customer: str | None = None
    billing_reason: str | None = None
    collection_method: str | None = None
    status: str | None = None
    amount_paid: int = 0
    amount_due: int = 0
    lines: Lines = field(default_factory=Lines)
    parent: InvoiceParent | None = None
    subscription: str | None = None
    subscription_details: SubscriptionDetails | None = None
    payment_intent: str | None = None
    charge: str | None = None


class Payment(Struct, frozen=True, kw_only=True):
    payment_intent: str | None = None
    charge: str | None = None


class InvoicePayment(Struct, frozen=True, kw_only=True):
    """Which payment paid which invoice."""

    invoice: str
    payment: Payment


class Refund(Struct, frozen=True, kw_only=True):
    id: str
    amount: int
    currency: str
    created: int
    status: str | None = None
    charge: str | None = None
    payment_intent: str | None = None


class Refunds(Struct, frozen=True, kw_only=True):
    data: tuple[Refund, ...] = ()


class Charge(Struct, frozen=True, kw_only=True):
    """`refunds` comes in the old shape only."""

    id: str
    payment_intent: str | None = None
    refunds: Refunds | None = None


class Dispute(Struct, frozen=True, kw_only=True):
    id: str
    amount: int
    currency: str
    charge: str | None = None
    payment_intent: str | None = None


class CreditNote(Struct, frozen=True, kw_only=True):
    invoice: str | None = None
