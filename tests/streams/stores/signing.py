"""Keys of the tests, made once: an Apple chain, an issuer, a Stripe secret; and an app that trusts them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from deploy.demo.payloads import play_store, stripe
from deploy.demo.signers.apple import AppleChain, AppleSigner
from deploy.demo.signers.google import OidcIssuer
from deploy.demo.signers.stripe import signature_header
from streams.contracts.ids import AppId, ReceiptId, StoreName
from streams.contracts.project import App, AppStore, Keyring
from streams.contracts.raw import RawNotification
from streams.contracts.words import Environment, Origin

NOW = datetime(2026, 11, 1, 10, 0, 2, tzinfo=UTC)
BOTH = (Environment.PRODUCTION, Environment.SANDBOX)
APP_STORE, PLAY_STORE, STRIPE = map(StoreName, ("app_store", "play_store", "stripe"))

APPLE = AppleSigner(AppleChain.create(NOW))
BUNDLE_ID = "com.example.tidepool"
APP_APPLE_ID = 6448311069

ISSUER = OidcIssuer("https://accounts.google.com")
AUDIENCE = "https://hooks.example.com/v1/notifications/play_store/token"
PUSHER = "pusher@tidepool.iam.gserviceaccount.com"
SUBSCRIPTION = "projects/tidepool/subscriptions/play"

SECRET = "whsec_tidepool_0123456789"

# Trusts a chain of the tests' own, which only an app of the demo may.
APP = App(
    app_id=AppId("tidepool"),
    name="Tidepool",
    demo=True,
    stores=(
        AppStore(
            store=APP_STORE,
            options={
                "bundle_id": BUNDLE_ID,
                "app_apple_id": APP_APPLE_ID,
                "root_fingerprints": [APPLE.chain.root_fingerprint],
            },
        ),
        AppStore(
            store=PLAY_STORE,
            options={
                "package_name": BUNDLE_ID,
                "audience": AUDIENCE,
                "service_account": PUSHER,
                "subscription": SUBSCRIPTION,
            },
        ),
        AppStore(store=STRIPE),
    ),
)
KEYRING = Keyring(
    secrets={(APP.app_id, STRIPE): (SECRET,)}, published={ISSUER.name: ISSUER.published()}
)


def with_options(store: StoreName, *, demo: bool = True, **options: object) -> App:
    """APP with options added or replaced; one that is None is left out."""
    found = APP.store(store)
    merged = {**found.options, **options}
    kept = {name: value for name, value in merged.items() if value is not None}
    return replace(APP, demo=demo, stores=(replace(found, options=kept),))


def raw(
    store: StoreName,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    received_at: datetime = NOW,
) -> RawNotification:
    """As ingress would write it."""
    return RawNotification(
        receipt_id=ReceiptId("receipt-1"),
        app_id=APP.app_id,
        store=store,
        environments=BOTH,
        token_hint="abc123",
        received_at=received_at,
        origin=Origin.NOTIFICATION,
        request_headers=tuple((headers or {}).items()),
        body=body,
    )


def apple_raw(notification: Mapping[str, Any], received_at: datetime = NOW) -> RawNotification:
    return raw(APP_STORE, APPLE.body(notification), received_at=received_at)


def google_raw(
    notification: Mapping[str, Any], *, token: str | None = None, received_at: datetime = NOW
) -> RawNotification:
    """A push of `notification`; `token`: another than the genuine one."""
    body = play_store.push_body(
        dict(notification),
        message_id="1234567890",
        subscription=SUBSCRIPTION,
        published_at=received_at,
    )
    token = token or ISSUER.token(audience=AUDIENCE, email=PUSHER, at=received_at)
    return raw(PLAY_STORE, body, {"authorization": f"Bearer {token}"}, received_at)


def stripe_raw(event: Mapping[str, Any], received_at: datetime = NOW) -> RawNotification:
    body = stripe.body(dict(event))
    header = signature_header(body, [SECRET], received_at)
    return raw(STRIPE, body, {"stripe-signature": header}, received_at)
