"""Stripe's objects that tell of money, as far as they are read, in both shapes: invoices, payments, refunds,
disputes. (See `events` for what the shapes are.)
"""

from msgspec import Struct, field

from streams.stores.stripe.events import Price


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
