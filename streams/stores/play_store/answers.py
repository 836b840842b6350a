"""What Google's API answers, as far as it is read: a subscription, a product, an order, a void.

Fields that Google leaves out when they are empty or zero have defaults; unknown ones are passed
over; words stay strings until a table maps them.
"""

from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct, field


class _Camel(Struct, frozen=True, kw_only=True, rename="camel"):
    """Base: camel case."""


class GoogleMoney(_Camel, frozen=True, kw_only=True):
    """`units`: a string of digits with a sign; either half is absent when it is 0."""

    currency_code: str = ""
    units: str | int = 0
    nanos: int = 0


class PriceChange(_Camel, frozen=True, kw_only=True):
    price_change_mode: str = ""
    price_change_state: str = ""


class StepUp(_Camel, frozen=True, kw_only=True):
    state: str = ""


class Installments(_Camel, frozen=True, kw_only=True):
    """`pending_cancellation`: present when it ends with its commitment."""

    pending_cancellation: dict[str, Any] | None = None


class AutoRenewing(_Camel, frozen=True, kw_only=True):
    auto_renew_enabled: bool = False
    price_change_details: PriceChange | None = None
    installment_details: Installments | None = None
    price_step_up_consent_details: StepUp | None = None


class OfferDetails(_Camel, frozen=True, kw_only=True):
    base_plan_id: str = ""


class Replacement(_Camel, frozen=True, kw_only=True):
    """What this item took the place of, or (deferred) what will take its place."""

    product_id: str = ""
    base_plan_id: str = ""
    replacement_mode: str = ""


class Promotion(_Camel, frozen=True, kw_only=True):
    vanity_code: dict[str, Any] | None = None


class LineItem(_Camel, frozen=True, kw_only=True):
    """One product of a subscription; add-ons are further items."""

    product_id: str
    expiry_time: datetime | None = None
    latest_successful_order_id: str | None = None
    auto_renewing_plan: AutoRenewing | None = None
    prepaid_plan: dict[str, Any] | None = None
    offer_details: OfferDetails = OfferDetails()
    offer_phase: dict[str, Any] = {}
    deferred_item_replacement: Replacement | None = None
    deferred_item_removal: dict[str, Any] | None = None
    item_replacement: Replacement | None = None
    signup_promotion: Promotion | None = None


class UserCancellation(_Camel, frozen=True, kw_only=True):
    cancel_time: datetime | None = None


class CancelContext(_Camel, frozen=True, kw_only=True):
    """One of them is there."""

    user_initiated_cancellation: UserCancellation | None = None
    system_initiated_cancellation: dict[str, Any] | None = None
    developer_initiated_cancellation: dict[str, Any] | None = None
    replacement_cancellation: dict[str, Any] | None = None


class PauseContext(_Camel, frozen=True, kw_only=True):
    auto_resume_time: datetime | None = None


class Accounts(_Camel, frozen=True, kw_only=True):
    obfuscated_external_account_id: str | None = None


class SubscriptionAnswer(_Camel, frozen=True, kw_only=True):
    """purchases.subscriptionsv2.get. Its latestOrderId is not read: it moves before the payment."""

    subscription_state: str
    line_items: tuple[LineItem, ...] = ()
    start_time: datetime | None = None
    region_code: str | None = None
    linked_purchase_token: str | None = None
    canceled_state_context: CancelContext | None = None
    paused_state_context: PauseContext | None = None
    test_purchase: dict[str, Any] | None = None
    external_account_identifiers: Accounts | None = None


class ProductOffer(_Camel, frozen=True, kw_only=True):
    quantity: int = 1


class ProductItem(_Camel, frozen=True, kw_only=True):
    product_id: str
    product_offer_details: ProductOffer = ProductOffer()


class PurchaseState(_Camel, frozen=True, kw_only=True):
    purchase_state: str = ""


class ProductAnswer(_Camel, frozen=True, kw_only=True):
    """purchases.productsv2.getproductpurchasev2."""

    product_line_item: tuple[ProductItem, ...] = ()
    purchase_state_context: PurchaseState = PurchaseState()
    order_id: str | None = None
    region_code: str | None = None
    purchase_completion_time: datetime | None = None
    test_purchase_context: dict[str, Any] | None = None
    obfuscated_external_account_id: str | None = None


class Period(_Camel, frozen=True, kw_only=True):
    """What an order paid for. `offer_phase` is the older spelling of `offer_phase_details`."""

    base_plan_id: str = ""
    offer_phase: str = ""
    offer_phase_details: dict[str, Any] = {}
    service_period_start_time: datetime | None = None
    service_period_end_time: datetime | None = None


class OrderItem(_Camel, frozen=True, kw_only=True):
    product_id: str
    total: GoogleMoney | None = None
    subscription_details: Period | None = None


class RefundDetails(_Camel, frozen=True, kw_only=True):
    total: GoogleMoney | None = None


class OrderEvent(_Camel, frozen=True, kw_only=True):
    """`state`: of a partial refund only."""

    event_time: datetime | None = None
    create_time: datetime | None = None
    process_time: datetime | None = None
    state: str = ""
    refund_details: RefundDetails = RefundDetails()


class OrderHistory(_Camel, frozen=True, kw_only=True):
    processed_event: OrderEvent | None = None
    refund_event: OrderEvent | None = None
    partial_refund_events: tuple[OrderEvent, ...] = ()


class Order(_Camel, frozen=True, kw_only=True):
    """orders.get, and one of orders:batchGet. `total`: what was paid, tax and discounts included."""

    order_id: str
    purchase_token: str = ""
    state: str = ""
    create_time: datetime | None = None
    total: GoogleMoney | None = None
    line_items: tuple[OrderItem, ...] = ()
    order_history: OrderHistory = OrderHistory()


class Orders(_Camel, frozen=True, kw_only=True):
    orders: tuple[Order, ...] = ()


class Void(_Camel, frozen=True, kw_only=True):
    """One of purchases.voidedpurchases.list, asked without those of a part of the quantity: of these
    only the order says how much went back."""

    purchase_token: str
    order_id: str
    voided_time_millis: str | int


class NextPage(_Camel, frozen=True, kw_only=True):
    next_page_token: str | None = None


class Voids(_Camel, frozen=True, kw_only=True):
    voided_purchases: tuple[Void, ...] = ()
    token_pagination: NextPage = field(default_factory=NextPage)


class Seen(NamedTuple):
    """A token's subscription and what is known of its orders and voids."""

    token: str
    answer: SubscriptionAnswer
    orders: tuple[Order, ...] = ()
    voids: tuple[Void, ...] = ()
