"""A normalized event, as in topic `events`: RevenueCat's words and fields, and ours beside them.

Money is integer micros here; the webhook's doubles are made at the door (sinks).
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from streams.contracts.ids import AppId, CustomerId, EventId, PurchaseKey, StoreName
from streams.contracts.words import Environment, Origin, PeriodType, Reason, Signal


class EventType(StrEnum):
    TEST = "TEST"
    INITIAL_PURCHASE = "INITIAL_PURCHASE"
    RENEWAL = "RENEWAL"
    CANCELLATION = "CANCELLATION"
    UNCANCELLATION = "UNCANCELLATION"
    NON_RENEWING_PURCHASE = "NON_RENEWING_PURCHASE"
    SUBSCRIPTION_PAUSED = "SUBSCRIPTION_PAUSED"
    EXPIRATION = "EXPIRATION"
    BILLING_ISSUE = "BILLING_ISSUE"
    PRODUCT_CHANGE = "PRODUCT_CHANGE"
    TRANSFER = "TRANSFER"
    SUBSCRIPTION_EXTENDED = "SUBSCRIPTION_EXTENDED"
    TEMPORARY_ENTITLEMENT_GRANT = "TEMPORARY_ENTITLEMENT_GRANT"
    REFUND_REVERSED = "REFUND_REVERSED"
    INVOICE_ISSUANCE = "INVOICE_ISSUANCE"
    PRICE_INCREASE_CONSENT_REQUIRED = "PRICE_INCREASE_CONSENT_REQUIRED"
    PRICE_INCREASE_CONSENT_APPROVED = "PRICE_INCREASE_CONSENT_APPROVED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact, told. `price_usd_micros`: gross, None when no rate was known; negative for a refund.

    `price_micros` is in `currency`. `occurred_at`: at the store. `generated_at`: when the message
    that told it reached us, RevenueCat's event_timestamp. `renewal_number` starts at 1.
    `subscription_id`: the purchase key, and the item where a purchase has items: charts fold on it.
    """

    id: EventId
    type: EventType
    fact: str
    app_id: AppId
    store: StoreName
    store_name: str  # RevenueCat's word: APP_STORE, PLAY_STORE, STRIPE
    environment: Environment
    purchase_key: PurchaseKey
    subscription_id: str
    customer_id: CustomerId
    original_customer_id: CustomerId
    aliases: tuple[CustomerId, ...]
    customer_first_seen_at: datetime
    occurred_at: datetime
    received_at: datetime
    generated_at: datetime
    sequence: int
    origin: Origin
    signal: Signal
    notification_id: str
    notification_type: str
    receipt_id: str
    project_sha256: str
    late: bool = False
    extension: bool = False
    affects_access: bool = True
    attributes: dict[str, dict[str, str | int]] = field(default_factory=dict)
    period: str = ""
    product_id: str | None = None
    product_duration: str | None = None  # ISO 8601, from the product map
    entitlement_ids: tuple[str, ...] | None = None
    period_type: PeriodType | None = None
    purchased_at: datetime | None = None
    expires_at: datetime | None = None
    grace_expires_at: datetime | None = None
    auto_resume_at: datetime | None = None
    is_trial_conversion: bool | None = None
    cancel_reason: Reason | None = None
    expiration_reason: Reason | None = None
    new_product_id: str | None = None
    currency: str | None = None
    price_micros: int | None = None
    price_usd_micros: int | None = None
    rate_usd_micros: int | None = None
    rate_day: str | None = None
    tax_bp: int | None = None  # hundredths of a percent of the price
    commission_bp: int | None = None
    transaction_id: str | None = None
    original_transaction_id: str | None = None
    refund_id: str | None = None
    is_family_share: bool = False
    country_code: str | None = None
    offer_code: str | None = None
    offer_type: str | None = None
    renewal_number: int | None = None
    quantity: int = 1
    transferred_from: tuple[CustomerId, ...] = ()
    transferred_to: tuple[CustomerId, ...] = ()
