"""Google Play's conformance: every number of its notifications."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from deploy.demo.payloads import play_store
from deploy.demo.signers.google import OidcIssuer
from streams.contracts.raw import RawNotification
from streams.stores.play_store.signals import (
    ONE_TIME,
    PENDING_REFUND,
    SUBSCRIPTION,
    TEST,
    VOIDED,
)
from tests.streams.stores.conformance import StoreConformance
from tests.streams.stores.fixture import Fixture
from tests.streams.stores.signing import (
    APP,
    AUDIENCE,
    BUNDLE_ID,
    ISSUER,
    KEYRING,
    NOW,
    PLAY_STORE,
    PUSHER,
    google_raw,
)


class TestPlayStore(StoreConformance):
    store = PLAY_STORE
    app = APP
    keyring = KEYRING
    covers_body = False

    def raw(self, fixture: Fixture) -> RawNotification:
        return google_raw(fixture.payload, received_at=fixture.received_at)

    def types(self) -> Collection[tuple[str, str]]:
        words = [*SUBSCRIPTION.values(), *ONE_TIME.values(), VOIDED, PENDING_REFUND, TEST]
        return [(word.name, "") for word in words]

    def of_new_type(self, fixture: Fixture) -> Fixture:
        payload = play_store.developer_notification(
            BUNDLE_ID, NOW, play_store.subscription(99, "token-1")
        )
        return replace(fixture, type="SUBSCRIPTION_99", payload=payload)

    def forged(self, fixture: Fixture) -> Mapping[str, RawNotification]:
        stranger = OidcIssuer(ISSUER.name)
        signed = stranger.sign(
            {"alg": "RS256", "kid": ISSUER.newest},
            {
                "iss": ISSUER.name,
                "aud": AUDIENCE,
                "email": PUSHER,
                "email_verified": True,
                "iat": int(NOW.timestamp()),
                "exp": int(NOW.timestamp()) + 3600,
            },
        )
        other = ISSUER.token(audience=AUDIENCE, email="someone@else.example", at=NOW)
        return {
            "another key": google_raw(fixture.payload, token=signed),
            "another account": google_raw(fixture.payload, token=other),
            "no token": replace(self.raw(fixture), request_headers=()),
        }
