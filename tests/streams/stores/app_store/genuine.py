"""Genuine claims of the tests' app, of which a test changes one thing."""

from datetime import timedelta
from typing import Any

from deploy.demo.payloads import app_store
from deploy.demo.signers.apple import AppleChain, AppleSigner
from tests.streams.stores.signing import APP_APPLE_ID, BUNDLE_ID, NOW

Claims = dict[str, Any]
STRANGER = AppleSigner(AppleChain.create(NOW))
DAY = timedelta(days=1)


def transaction(**changes: object) -> Claims:
    claims = app_store.transaction(
        transaction_id="1001",
        original_transaction_id="1001",
        product_id="pro.monthly",
        purchased_at=NOW,
        signed_at=NOW,
        expires_at=NOW + 30 * DAY,
        bundle_id=BUNDLE_ID,
    )
    return claims | changes


def renewal(**changes: object) -> Claims:
    claims = app_store.renewal(
        original_transaction_id="1001", product_id="pro.monthly", signed_at=NOW
    )
    return claims | changes


def notification(**data: object) -> Claims:
    """A genuine one; `data` replaces members of its data, None leaves one out."""
    claims = app_store.notification(
        "SUBSCRIBED",
        "INITIAL_BUY",
        uuid=app_store.notification_uuid("verify"),
        signed_at=NOW,
        bundle_id=BUNDLE_ID,
        app_apple_id=APP_APPLE_ID,
        transaction=transaction(),
        renewal=renewal(),
        status=1,
    )
    merged = claims["data"] | data
    return claims | {"data": {name: value for name, value in merged.items() if value is not None}}


def other_member(name: str, **members: object) -> Claims:
    claims = notification()
    del claims["data"]
    return claims | {name: members}


def app_data(**claims: object) -> Claims:
    signed = app_store.rescind_consent(
        uuid="u", signed_at=NOW, bundle_id=BUNDLE_ID, app_apple_id=APP_APPLE_ID
    )
    signed["appData"]["signedAppTransactionInfo"] |= claims
    return signed


def tampered(token: str) -> str:
    header, payload, signature = token.split(".")
    return ".".join((header, payload[:-4] + "AAAA", signature))
