"""App Store Server Notifications V2 as Apple shapes them, before signing.

Times become milliseconds, money milliunits. A member that Apple would leave out is left out. Nested
claims stay dicts: `AppleSigner.body` signs them.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

Claims = dict[str, Any]

AUTO_RENEWABLE = "Auto-Renewable Subscription"
CONSUMABLE = "Consumable"
NON_CONSUMABLE = "Non-Consumable"
ACTIVE, EXPIRED, RETRY, GRACE, REVOKED = 1, 2, 3, 4, 5  # data.status
_NAMES = UUID("0b8a6f1e-6a0c-5f5e-8f0a-8f4f0d2c6b11")
_MICROS_IN_MILLIUNIT = 1000


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def notification_uuid(*parts: object) -> str:
    """A notificationUUID that is the same for the same parts."""
    return str(uuid5(_NAMES, "/".join(map(str, parts))))


_SINGLE: Claims = {
    "inAppOwnershipType": "PURCHASED",
    "quantity": 1,
    "storefrontId": "143441",
}


def transaction(
    *,
    transaction_id: str,
    original_transaction_id: str,
    product_id: str,
    purchased_at: datetime,
    signed_at: datetime,
    expires_at: datetime | None = None,
    bundle_id: str,
    environment: str = "Production",
    type_: str = AUTO_RENEWABLE,
    price_micros: int | None = None,
    currency: str | None = None,
    original_purchased_at: datetime | None = None,
    account_token: str | None = None,
    storefront: str = "USA",
    reason: str | None = None,
    **members: object,
) -> Claims:
    """signedTransactionInfo's claims. `members`: any other member, in Apple's own spelling."""
    claims: Claims = {
        "transactionId": transaction_id,
        "originalTransactionId": original_transaction_id,
        "bundleId": bundle_id,
        "productId": product_id,
        "subscriptionGroupIdentifier": "21500000" if type_ == AUTO_RENEWABLE else None,
        **_dates(purchased_at, original_purchased_at, expires_at),
        "type": type_,
        "appAccountToken": account_token,
        "signedDate": milliseconds(signed_at),
        "environment": environment,
        "transactionReason": reason or _reason(transaction_id, original_transaction_id),
        "storefront": storefront,
        "price": None if price_micros is None else price_micros // _MICROS_IN_MILLIUNIT,
        "currency": currency,
        "appTransactionId": f"70{original_transaction_id}",
        "webOrderLineItemId": f"9{transaction_id}",
    }
    return _without_absent(_SINGLE | claims | members)


def _dates(purchased: datetime, original: datetime | None, expires: datetime | None) -> Claims:
    return {
        "purchaseDate": milliseconds(purchased),
        "originalPurchaseDate": milliseconds(original or purchased),
        "expiresDate": milliseconds(expires) if expires else None,
    }


def renewal(
    *,
    original_transaction_id: str,
    product_id: str,
    signed_at: datetime,
    auto_renew: bool = True,
    next_product_id: str | None = None,
    renews_at: datetime | None = None,
    environment: str = "Production",
    currency: str | None = None,
    next_price_micros: int | None = None,
    expiration_intent: int | None = None,
    billing_retry: bool | None = None,
    grace_expires_at: datetime | None = None,
    **members: object,
) -> Claims:
    """signedRenewalInfo's claims. `members`: any other member, in Apple's own spelling."""
    price = None if next_price_micros is None else next_price_micros // _MICROS_IN_MILLIUNIT
    claims: Claims = {
        "expirationIntent": expiration_intent,
        "originalTransactionId": original_transaction_id,
        "autoRenewProductId": next_product_id or product_id,
        "productId": product_id,
        "autoRenewStatus": int(auto_renew),
        "renewalPrice": price if auto_renew else None,
        "currency": currency,
        "isInBillingRetryPeriod": billing_retry,
        "gracePeriodExpiresDate": milliseconds(grace_expires_at) if grace_expires_at else None,
        "signedDate": milliseconds(signed_at),
        "environment": environment,
        "renewalDate": milliseconds(renews_at) if renews_at else None,
        "appTransactionId": f"70{original_transaction_id}",
    }
    return _without_absent(claims | members)


def notification(
    type_: str,
    subtype: str | None = None,
    *,
    uuid: str,
    signed_at: datetime,
    bundle_id: str,
    app_apple_id: int | None = None,
    environment: str = "Production",
    transaction: Claims | None = None,
    renewal: Claims | None = None,
    status: int | None = None,
    **data: object,
) -> Claims:
    """The outer claims with member `data`. `data`: any other member of it, in Apple's spelling."""
    content: Claims = {
        "appAppleId": app_apple_id,
        "bundleId": bundle_id,
        "bundleVersion": "412",
        "environment": environment,
        "signedTransactionInfo": transaction,
        "signedRenewalInfo": renewal,
        "status": status,
    }
    return envelope(type_, subtype, uuid=uuid, signed_at=signed_at) | {
        "data": _without_absent(content | data)
    }


def summary(
    *,
    uuid: str,
    signed_at: datetime,
    bundle_id: str,
    app_apple_id: int | None = None,
    environment: str = "Production",
    product_id: str,
    succeeded: int,
    failed: int = 0,
) -> Claims:
    """RENEWAL_EXTENSION/SUMMARY: how a mass extension ended."""
    content: Claims = {
        "environment": environment,
        "appAppleId": app_apple_id,
        "bundleId": bundle_id,
        "productId": product_id,
        "requestIdentifier": uuid,
        "storefrontCountryCodes": ["USA", "DEU"],
        "succeededCount": succeeded,
        "failedCount": failed,
    }
    outer = envelope("RENEWAL_EXTENSION", "SUMMARY", uuid=uuid, signed_at=signed_at)
    return outer | {"summary": _without_absent(content)}


def rescind_consent(
    *,
    uuid: str,
    signed_at: datetime,
    bundle_id: str,
    app_apple_id: int | None = None,
    environment: str = "Production",
) -> Claims:
    """RESCIND_CONSENT: a parent withdrew consent to the app; member `appData`."""
    app_transaction: Claims = {
        "receiptType": environment,
        "appAppleId": app_apple_id,
        "bundleId": bundle_id,
        "applicationVersion": "412",
        "receiptCreationDate": milliseconds(signed_at),
        "originalPurchaseDate": milliseconds(signed_at),
        "appTransactionId": "704000000000001",
    }
    content: Claims = {
        "appAppleId": app_apple_id,
        "bundleId": bundle_id,
        "environment": environment,
        "signedAppTransactionInfo": _without_absent(app_transaction),
    }
    outer = envelope("RESCIND_CONSENT", None, uuid=uuid, signed_at=signed_at)
    return outer | {"appData": _without_absent(content)}


def envelope(type_: str, subtype: str | None, *, uuid: str, signed_at: datetime) -> Claims:
    """The members that every notification has."""
    claims: Claims = {
        "notificationType": type_,
        "subtype": subtype,
        "notificationUUID": uuid,
        "version": "2.0",
        "signedDate": milliseconds(signed_at),
    }
    return _without_absent(claims)


def _reason(transaction_id: str, original_transaction_id: str) -> str:
    return "PURCHASE" if transaction_id == original_transaction_id else "RENEWAL"


def _without_absent(claims: Claims) -> Claims:
    return {name: value for name, value in claims.items() if value is not None}
