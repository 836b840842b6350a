"""`python -m tests.bench.verify`: what proving a notification costs, beside the vendors' own libraries.

Apple: one notification with transaction and renewal info, three signed tokens of real sizes, by our
throw-away chain of Apple's curves. Apple's library does what its documentation says: verify the
notification, then the two tokens in it; online checks off. Stripe: one subscription event.
"""

from datetime import UTC, datetime, timedelta

import stripe
from appstoreserverlibrary.models.Environment import Environment as AppleEnvironment
from appstoreserverlibrary.signed_data_verifier import SignedDataVerifier
from cryptography.hazmat.primitives.serialization import Encoding

from deploy.demo.payloads import app_store as apple
from deploy.demo.signers.apple import AppleChain, AppleSigner
from deploy.demo.signers.stripe import signature_header
from streams.contracts.codec import write_json
from streams.contracts.ids import AppId, ReceiptId, StoreName
from streams.contracts.project import App, AppStore, Keyring
from streams.contracts.raw import RawNotification
from streams.contracts.words import Environment, Origin
from streams.stores import STORES
from streams.verify import jws
from tests.bench.table import microseconds, show

NOW = datetime.now(UTC).replace(microsecond=0)
BUNDLE, APPLE_ID = "com.example.notes", 1234567890
SECRET = "whsec_" + "a1" * 16
_APPLE, _STRIPE = StoreName("app_store"), StoreName("stripe")
_PAD = "x" * 2500  # Apple's real tokens carry members that a short example lacks: 18 KB in all


def main() -> None:
    chain = AppleChain.create(NOW)
    body = _apple_body(chain)
    ours = _ours(_APPLE, body, _apple_app(chain))
    cold = microseconds(lambda: _cold(ours))
    warm = microseconds(ours)
    library = microseconds(_library(chain, body))
    event = _stripe_body()
    header = signature_header(event, [SECRET], NOW)
    mine = microseconds(_ours(_STRIPE, event, _stripe_app(), ("stripe-signature", header)))
    vendor = microseconds(lambda: stripe.Webhook.construct_event(event, header, SECRET))
    rows = [
        _row(f"App Store, {len(body):,} bytes, chain known", warm, library),
        _row("App Store, chain never seen", cold, library),
        _row("Apple's own library, online checks off", library, library),
        _row(f"Stripe, {len(event):,} bytes", mine, vendor),
        _row("Stripe's own construct_event", vendor, vendor),
    ]
    show("Verify and decode one notification", ("", "CPU us", "per CPU second", "x vendor"), rows)


def _row(name: str, cost: float, vendor: float) -> tuple[str, str, str, str]:
    return name, f"{cost:,.0f}", f"{1e6 / cost:,.0f}", f"{vendor / cost:.1f}"


def _cold(call: object) -> None:
    jws._verdicts._chains.clear()
    assert callable(call)
    call()


def _apple_body(chain: AppleChain) -> bytes:
    transaction = apple.transaction(
        transaction_id="2000000700000001",
        original_transaction_id="2000000700000001",
        product_id="pro.monthly",
        purchased_at=NOW,
        signed_at=NOW,
        expires_at=NOW + timedelta(days=30),
        bundle_id=BUNDLE,
        price_micros=9_990_000,
        currency="USD",
        padding=_PAD[:600],
    )
    renewal = apple.renewal(
        original_transaction_id="2000000700000001",
        product_id="pro.monthly",
        signed_at=NOW,
        renews_at=NOW + timedelta(days=30),
        padding=_PAD[:600],
    )
    claims = apple.notification(
        "DID_RENEW",
        uuid="5f0cf3a1-0000-4000-8000-000000000001",
        signed_at=NOW,
        bundle_id=BUNDLE,
        app_apple_id=APPLE_ID,
        transaction=transaction,
        renewal=renewal,
        status=1,
    )
    return AppleSigner(chain).body(claims)


def _apple_app(chain: AppleChain) -> App:
    options = {
        "bundle_id": BUNDLE,
        "app_apple_id": APPLE_ID,
        "root_fingerprints": [chain.root_fingerprint],
    }
    return App(
        app_id=AppId("bench"),
        name="Bench",
        demo=True,
        stores=(AppStore(store=_APPLE, options=options),),
    )


def _stripe_app() -> App:
    return App(app_id=AppId("bench"), name="Bench", stores=(AppStore(store=_STRIPE),))


def _ours(store: StoreName, body: bytes, app: App, *headers: tuple[str, str]):  # type: ignore[no-untyped-def] # noqa: ANN202
    raw = RawNotification(
        receipt_id=ReceiptId("r"),
        app_id=app.app_id,
        store=store,
        environments=(Environment.PRODUCTION,),
        token_hint="000000",
        received_at=NOW,
        origin=Origin.NOTIFICATION,
        request_headers=headers,
        body=body,
    )
    keyring = Keyring(secrets={(app.app_id, _STRIPE): (SECRET,)})
    adapter = STORES[store]
    return lambda: adapter.decode(adapter.verify(raw, keyring, app), app)


def _library(chain: AppleChain, body: bytes):  # type: ignore[no-untyped-def] # noqa: ANN202
    from streams.contracts.codec import read_json  # noqa: PLC0415

    root = chain.root.certificate.public_bytes(Encoding.DER)
    verifier = SignedDataVerifier([root], False, AppleEnvironment.PRODUCTION, BUNDLE, APPLE_ID)
    token = read_json(body)["signedPayload"]

    def call() -> None:
        outer = verifier.verify_and_decode_notification(token)
        verifier.verify_and_decode_signed_transaction(outer.data.signedTransactionInfo)
        verifier.verify_and_decode_renewal_info(outer.data.signedRenewalInfo)

    return call


def _stripe_body() -> bytes:
    item = {
        "id": "si_1",
        "object": "subscription_item",
        "current_period_start": int(NOW.timestamp()),
        "current_period_end": int(NOW.timestamp()) + 2_592_000,
        "quantity": 1,
        "price": {"id": "price_1", "product": "prod_1", "currency": "usd", "unit_amount": 999},
    }
    subscription = {
        "id": "sub_1",
        "object": "subscription",
        "status": "active",
        "customer": "cus_1",
        "currency": "usd",
        "cancel_at_period_end": False,
        "items": {"object": "list", "data": [item]},
        "metadata": {f"key_{n}": str(n) for n in range(20)},
    }
    return write_json(
        {
            "id": "evt_1",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": int(NOW.timestamp()),
            "livemode": True,
            "type": "customer.subscription.updated",
            "data": {"object": subscription, "previous_attributes": {}},
        }
    )


if __name__ == "__main__":
    main()
