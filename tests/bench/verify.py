"""`python -m tests.bench.verify`: what proving a notification costs, beside the vendors' own libraries.

Apple: one notification with transaction and renewal info, three signed tokens of real sizes, by our
throw-away chain of Apple's curves. Apple's library does what its documentation says: verify the
notification, then the two tokens in it; online checks off. Google: one push; its library checks the
token alone, ours reads the message too. Stripe: one subscription event with all of its members.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import stripe
from appstoreserverlibrary.models.Environment import Environment as AppleEnvironment
from appstoreserverlibrary.signed_data_verifier import SignedDataVerifier
from cryptography.hazmat.primitives.serialization import Encoding

from deploy.demo.payloads import app_store as apple
from deploy.demo.signers.apple import AppleChain, AppleSigner
from deploy.demo.signers.google import OidcIssuer
from deploy.demo.signers.stripe import signature_header
from streams.contracts.codec import read_json
from streams.contracts.ids import AppId, ReceiptId, StoreName
from streams.contracts.project import App, AppStore, Keyring
from streams.contracts.raw import RawNotification
from streams.contracts.words import Environment, Origin
from streams.stores import STORES
from streams.verify import jws
from tests.bench import google_push
from tests.bench.stripe_event import event_body
from tests.bench.table import asked, microseconds, show

NOW = datetime.now(UTC).replace(microsecond=0)
BUNDLE, APPLE_ID = "com.example.notes", 1234567890
SECRET = "whsec_" + "a1" * 16
_APPLE, _GOOGLE, _STRIPE = StoreName("app_store"), StoreName("play_store"), StoreName("stripe")
Row = tuple[str, str, str, str]
_PAD = "x" * 2500  # Apple's real tokens carry members that a short example lacks: 18 KB in all


def main() -> None:
    chain = AppleChain.create(NOW)
    body = _apple_body(chain)
    ours = _ours(_APPLE, body, _apple_app(chain))
    cold = microseconds(lambda: _cold(ours))
    warm = microseconds(ours)
    library = microseconds(_library(chain, body))
    rows = [
        _row(f"App Store, {len(body):,} bytes, chain known", warm, library),
        _row("App Store, chain never seen", cold, library),
        _row("Apple's own library, online checks off", library, library),
        *_google(),
        *_stripe(),
    ]
    show("Verify and decode one notification", ("", "CPU us", "per CPU second", "x vendor"), rows)


def _google() -> list[Row]:
    issuer = OidcIssuer(google_push.ISSUER)
    sent = google_push.push(issuer, BUNDLE, NOW)
    published = {issuer.name: issuer.published()}
    bearer = ("authorization", f"Bearer {sent.token}")
    mine = microseconds(_ours(_GOOGLE, sent.body, _google_app(), bearer, published=published))
    vendor = microseconds(google_push.library(issuer, sent.token, NOW))
    return [
        _row(f"Google Play, {len(sent.body):,} bytes and the token", mine, vendor),
        _row("Google's own verify_oauth2_token, the token", vendor, vendor),
    ]


def _stripe() -> list[Row]:
    event = event_body(NOW)
    header = signature_header(event, [SECRET], NOW)
    mine = microseconds(_ours(_STRIPE, event, _stripe_app(), ("stripe-signature", header)))
    vendor = microseconds(lambda: stripe.Webhook.construct_event(event, header, SECRET))
    return [
        _row(f"Stripe, {len(event):,} bytes", mine, vendor),
        _row("Stripe's own construct_event", vendor, vendor),
    ]


def _row(name: str, cost: float, vendor: float) -> Row:
    return name, f"{cost:,.0f}", f"{1e6 / cost:,.0f}", f"{vendor / cost:.1f}"


def _cold(call: Callable[[], object]) -> None:
    jws._verdicts._chains.clear()
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


def _google_app() -> App:
    options = {
        "package_name": BUNDLE,
        "audience": google_push.AUDIENCE,
        "service_account": google_push.ACCOUNT,
        "subscription": google_push.SUBSCRIPTION,
    }
    return App(
        app_id=AppId("bench"), name="Bench", stores=(AppStore(store=_GOOGLE, options=options),)
    )


def _ours(
    store: StoreName,
    body: bytes,
    app: App,
    *headers: tuple[str, str],
    published: dict[str, dict[str, bytes]] | None = None,
) -> Callable[[], object]:
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
    keyring = Keyring(secrets={(app.app_id, _STRIPE): (SECRET,)}, published=published or {})
    adapter = STORES[store]
    return lambda: adapter.decode(adapter.verify(raw, keyring, app), app)


def _library(chain: AppleChain, body: bytes) -> Callable[[], object]:
    root = chain.root.certificate.public_bytes(Encoding.DER)
    verifier = SignedDataVerifier([root], False, AppleEnvironment.PRODUCTION, BUNDLE, APPLE_ID)
    token = read_json(body)["signedPayload"]

    def call() -> None:
        outer = verifier.verify_and_decode_notification(token)
        verifier.verify_and_decode_signed_transaction(outer.data.signedTransactionInfo)
        verifier.verify_and_decode_renewal_info(outer.data.signedRenewalInfo)

    return call


if __name__ == "__main__":
    asked(__doc__).parse_args()
    main()
