"""What moved in a purchase: one Change a fact, from track to identify (topic customers.inbox)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from streams.contracts.ids import (
    AppId,
    CustomerId,
    EventId,
    NotificationId,
    PurchaseKey,
    ReceiptId,
    StoreName,
)
from streams.contracts.money import Money
from streams.contracts.snapshot import Refund, Transaction
from streams.contracts.words import Environment, Origin, Reason, Signal


class ChangeKind(StrEnum):
    """The kinds of difference, in the canonical order in which one message's changes are emitted."""

    STARTED = "started"  # a transaction of kind initial
    RENEWED = "renewed"  # a transaction of kind renewal
    PURCHASED = "purchased"  # a one-time purchase
    PRODUCT_CHANGED = "product_changed"
    RENEWAL_ON = "renewal_on"
    RESUMED = "resumed"  # access came back in a paused period, without a charge
    BILLING_FAILED = "billing_failed"
    BILLING_CANCELLED = "billing_cancelled"  # the CANCELLATION(BILLING_ERROR) beside BILLING_FAILED
    RENEWAL_OFF = "renewal_off"
    REFUNDED = "refunded"
    REFUND_REVERSED = "refund_reversed"
    PAUSE_SCHEDULED = "pause_scheduled"
    EXTENDED = "extended"
    CONSENT = "consent"  # to a higher price is asked for
    CONSENT_GIVEN = "consent_given"
    INVOICED = "invoiced"
    ENDED = "ended"
    TRANSFERRED = "transferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`fact`: what `event_id` is made of. `transaction`: the term it is about, or the last known.

    `purchased_at` and `expires_at` are of the period that the change is about, which may have no
    transaction yet (a Stripe period whose payment failed). `customer_id`: the purchase's owner.
    TRANSFERRED goes to both sides, the same fact: the one whose id is `transferred_to` tells it.
    `through`: a customer whose inbox it comes by, because the store names them: known there, the
    anonymous `customer_id` becomes an alias of theirs; unknown, it goes on to `customer_id`.
    """

    event_id: EventId
    fact: str
    kind: ChangeKind
    app_id: AppId
    store: StoreName
    environment: Environment
    purchase_key: PurchaseKey
    subscription_id: str
    customer_id: CustomerId
    sequence: int
    occurred_at: datetime
    received_at: datetime
    receipt_id: ReceiptId
    notification_id: NotificationId
    notification_type: str
    signal: Signal
    origin: Origin
    period: str
    product_id: str | None
    transaction: Transaction | None = None
    refund: Refund | None = None
    purchased_at: datetime | None = None
    expires_at: datetime | None = None
    grace_expires_at: datetime | None = None
    auto_resume_at: datetime | None = None
    new_product_id: str | None = None
    reason: Reason | None = None
    trial_conversion: bool = False
    renewal_number: int | None = None
    late: bool = False
    extension: bool = False
    affects_access: bool = True
    told_at: datetime | None = None  # when the store said it; occurred_at may be earlier
    immediate: bool = False  # PRODUCT_CHANGED: the new product took effect at once, in this period
    replaced: Transaction | None = (
        None  # then: the old product's term, where the new one began its own
    )
    answered: bool = False  # told by an answer of the store's API, which tells all at once
    amount: Money | None = None  # INVOICED: what is asked for, not paid yet
    transferred_from: CustomerId | None = None
    transferred_to: CustomerId | None = None
    through: CustomerId | None = None
    paid_days: int = 0  # of paid service before the term of `transaction`, for the store's fee
