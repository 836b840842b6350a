"""The claims that Apple signs, as far as they are read. What is not named here is passed over.

Names are Apple's in camel case; only what every message must have is required.
"""

from typing import NamedTuple

from msgspec import Struct, field

from streams.contracts.words import Environment

ENVIRONMENTS = {"Production": Environment.PRODUCTION, "Sandbox": Environment.SANDBOX}


class Body(Struct, frozen=True, kw_only=True):
    """What is posted. `notification_type` is in bodies of version 1 only."""

    signed_payload: str | None = field(name="signedPayload", default=None)
    notification_type: str | None = None


class _Claims(Struct, frozen=True, kw_only=True, rename="camel"):
    """Base: camel case."""


class Data(_Claims, frozen=True, kw_only=True):
    """Member `data`, of most types. `status`: see streams.stores.app_store.standing."""

    environment: str
    bundle_id: str
    app_apple_id: int | None = None
    signed_transaction_info: str | None = None
    signed_renewal_info: str | None = None
    status: int | None = None


class Summary(_Claims, frozen=True, kw_only=True):
    """Member `summary`, of RENEWAL_EXTENSION/SUMMARY."""

    environment: str
    bundle_id: str
    app_apple_id: int | None = None


class ExternalPurchase(_Claims, frozen=True, kw_only=True):
    """Member `externalPurchaseToken`: its id alone tells the environment."""

    external_purchase_id: str
    bundle_id: str
    app_apple_id: int | None = None

    @property
    def environment(self) -> str:
        return "Sandbox" if self.external_purchase_id.startswith("SANDBOX") else "Production"


class AppData(_Claims, frozen=True, kw_only=True):
    """Member `appData`, of RESCIND_CONSENT."""

    environment: str
    bundle_id: str
    app_apple_id: int | None = None
    signed_app_transaction_info: str | None = None


Subject = Data | Summary | ExternalPurchase | AppData


class Outer(_Claims, frozen=True, kw_only=True):
    """The claims of signedPayload."""

    notification_type: str
    notification_uuid: str = field(name="notificationUUID")
    signed_date: int
    subtype: str = ""
    data: Data | None = None
    summary: Summary | None = None
    external_purchase_token: ExternalPurchase | None = None
    app_data: AppData | None = None

    @property
    def subject(self) -> Subject | None:
        """The member that says of which app the message is."""
        return self.data or self.summary or self.external_purchase_token or self.app_data


class ItemRefund(_Claims, frozen=True, kw_only=True):
    """Of an item of the Advanced Commerce API: money that went back, in milliunits."""

    refund_amount: int
    refund_date: int


class Item(_Claims, frozen=True, kw_only=True):
    """An item of the Advanced Commerce API."""

    sku: str = field(name="SKU", default="-")
    refunds: tuple[ItemRefund, ...] | None = None


class AdvancedCommerce(_Claims, frozen=True, kw_only=True):
    items: tuple[Item, ...] | None = None


class Transaction(_Claims, frozen=True, kw_only=True):
    """The claims of signedTransactionInfo. Dates in ms, price in milliunits."""

    transaction_id: str
    original_transaction_id: str
    bundle_id: str
    product_id: str
    purchase_date: int
    signed_date: int
    type: str
    environment: str
    expires_date: int | None = None
    quantity: int = 1
    app_account_token: str | None = None
    in_app_ownership_type: str = "PURCHASED"
    is_upgraded: bool = False
    revocation_date: int | None = None
    revocation_percentage: int | None = None
    offer_type: int | None = None
    offer_identifier: str | None = None
    offer_discount_type: str | None = None
    storefront: str | None = None
    currency: str | None = None
    price: int | None = None
    advanced_commerce_info: AdvancedCommerce | None = None


class Renewal(_Claims, frozen=True, kw_only=True):
    """The claims of signedRenewalInfo. It names no app: the transaction beside it does."""

    original_transaction_id: str
    environment: str
    signed_date: int
    auto_renew_status: int | None = None
    auto_renew_product_id: str | None = None
    expiration_intent: int | None = None
    grace_period_expires_date: int | None = None


class AppTransaction(_Claims, frozen=True, kw_only=True):
    """The claims of signedAppTransactionInfo."""

    bundle_id: str
    receipt_type: str
    receipt_creation_date: int


class Message(NamedTuple):
    """A verified notification: `content` of a VerifiedPayload of this store."""

    outer: Outer
    environment: Environment
    transaction: Transaction | None
    renewal: Renewal | None
