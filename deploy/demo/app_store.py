"""What the App Store says when something happens, in its own words; signing is posts.py's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.demo.happening import PRODUCTION, Happening, Kind
from deploy.demo.payloads import app_store
from deploy.demo.payloads.app_store import Claims

BUNDLE_ID = "com.example.tidepool"
APP_APPLE_ID = 1600000001
_OTHER_REASON = 0  # of a refund
_CUSTOMER_CANCELLED, _BILLING = 1, 2  # expirationIntent
_STOREFRONTS = {"USD": "USA", "EUR": "DEU", "GBP": "GBR", "JPY": "JPN"}
_FREE_TRIAL = {"offerType": 1, "offerDiscountType": "FREE_TRIAL", "offerPeriod": "P1W"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    type: str
    subtype: str | None = None
    status: int | None = app_store.ACTIVE


_WORDS = {
    Kind.TRIAL: _Words(type="SUBSCRIBED", subtype="INITIAL_BUY"),
    Kind.STARTED: _Words(type="SUBSCRIBED", subtype="INITIAL_BUY"),
    Kind.RENEWED: _Words(type="DID_RENEW"),
    Kind.RETURNED: _Words(type="SUBSCRIBED", subtype="RESUBSCRIBE"),
    Kind.CHANGED: _Words(type="DID_CHANGE_RENEWAL_PREF", subtype="UPGRADE"),
    Kind.CHANGE_PLANNED: _Words(type="DID_CHANGE_RENEWAL_PREF", subtype="DOWNGRADE"),
    Kind.RENEWAL_OFF: _Words(type="DID_CHANGE_RENEWAL_STATUS", subtype="AUTO_RENEW_DISABLED"),
    Kind.RENEWAL_ON: _Words(type="DID_CHANGE_RENEWAL_STATUS", subtype="AUTO_RENEW_ENABLED"),
    Kind.CHARGE_FAILED: _Words(
        type="DID_FAIL_TO_RENEW", subtype="GRACE_PERIOD", status=app_store.GRACE
    ),
    Kind.GRACE_ENDED: _Words(type="GRACE_PERIOD_EXPIRED", status=app_store.RETRY),
    Kind.EXPIRED: _Words(type="EXPIRED", subtype="VOLUNTARY", status=app_store.EXPIRED),
    Kind.REFUNDED: _Words(type="REFUND", status=app_store.REVOKED),
    Kind.BOUGHT: _Words(type="ONE_TIME_CHARGE", status=None),
}
_RECOVERED = _Words(type="DID_RENEW", subtype="BILLING_RECOVERY")
_NO_GRACE = _Words(type="DID_FAIL_TO_RENEW", status=app_store.RETRY)


def notification(happening: Happening, *, bundle_id: str = BUNDLE_ID) -> Claims:
    """The unsigned claims; another `bundle_id` makes it another app's."""
    words = _words(happening)
    one_time = happening.kind is Kind.BOUGHT
    return app_store.notification(
        words.type,
        words.subtype,
        uuid=app_store.notification_uuid(happening.subscription.id, happening.number),
        signed_at=happening.at,
        bundle_id=bundle_id,
        app_apple_id=APP_APPLE_ID,
        environment=_environment(happening),
        transaction=_transaction(happening, bundle_id),
        renewal=None if one_time else _renewal(happening),
        status=words.status,
    )


def transaction_id(happening: Happening) -> str:
    """The first one is the original's; the later ones count on."""
    return str(int(happening.subscription.id) + happening.term.number - 1)


def _words(happening: Happening) -> _Words:
    if happening.failing and happening.kind in {Kind.RENEWED, Kind.RETURNED}:
        return _RECOVERED
    return _NO_GRACE if happening.access_ends else _WORDS[happening.kind]


def _environment(happening: Happening) -> str:
    return "Production" if happening.subscription.environment == PRODUCTION else "Sandbox"


def _transaction(happening: Happening, bundle_id: str) -> Claims:
    term, one_time = happening.term, happening.kind is Kind.BOUGHT
    return app_store.transaction(
        transaction_id=transaction_id(happening),
        original_transaction_id=happening.subscription.id,
        product_id=term.product.product_id,
        purchased_at=term.starts_at,
        signed_at=happening.at,
        expires_at=None if one_time else term.ends_at,
        bundle_id=bundle_id,
        environment=_environment(happening),
        type_=app_store.NON_CONSUMABLE if one_time else app_store.AUTO_RENEWABLE,
        price_micros=term.price.micros,
        currency=term.price.currency,
        original_purchased_at=happening.began_at,
        storefront=_STOREFRONTS[term.price.currency],
        **_offer(happening),
        **_revocation(happening),
    )


def _offer(happening: Happening) -> dict[str, Any]:
    return _FREE_TRIAL if happening.term.is_trial else {}


def _revocation(happening: Happening) -> dict[str, Any]:
    if happening.kind is not Kind.REFUNDED:
        return {}
    at = app_store.milliseconds(happening.at)
    return {"revocationDate": at, "revocationReason": _OTHER_REASON}


def _renewal(happening: Happening) -> Claims:
    term, kind = happening.term, happening.kind
    retry = kind in {Kind.CHARGE_FAILED, Kind.GRACE_ENDED}
    price = happening.next_product.prices[term.price.currency]
    return app_store.renewal(
        original_transaction_id=happening.subscription.id,
        product_id=term.product.product_id,
        signed_at=happening.at,
        auto_renew=happening.renews,
        next_product_id=happening.next_product.product_id,
        renews_at=term.ends_at,
        environment=_environment(happening),
        currency=term.price.currency,
        next_price_micros=price,
        expiration_intent=_intent(happening),
        billing_retry=retry or None,
        grace_expires_at=_grace(happening),
    )


def _intent(happening: Happening) -> int | None:
    if happening.kind is Kind.EXPIRED:
        return _CUSTOMER_CANCELLED
    billing = happening.access_ends or happening.kind is Kind.GRACE_ENDED
    return _BILLING if billing else None


def _grace(happening: Happening) -> datetime | None:
    return happening.grace_until if happening.kind is Kind.CHARGE_FAILED else None
