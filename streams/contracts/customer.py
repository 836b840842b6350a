"""What topic `customers` (compacted, key = customer) says of a customer: what GET /v1/subscribers shows."""

from dataclasses import dataclass, field
from datetime import datetime

from streams.contracts.ids import AppId, CustomerId, PurchaseKey, StoreName
from streams.contracts.words import Environment, PeriodType


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
    """A person as the operator's backend knows them, with all that they bought."""

    customer_id: CustomerId
    original_customer_id: CustomerId
    first_seen_at: datetime
    last_seen_at: datetime
    aliases: tuple[CustomerId, ...] = ()
    attributes: dict[str, dict[str, str | int]] = field(default_factory=dict)
    purchases: tuple[HeldPurchase, ...] = ()
