"""Stripe's conformance: every event type of its table, in both shapes where they differ."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from deploy.demo.signers.stripe import signature_header
from streams.contracts.raw import RawNotification
from streams.stores.stripe.signals import TYPES
from tests.streams.stores.conformance import StoreConformance
from tests.streams.stores.fixture import Fixture
from tests.streams.stores.signing import APP, KEYRING, NOW, STRIPE, stripe_raw


class TestStripe(StoreConformance):
    store = STRIPE
    app = APP
    keyring = KEYRING

    def raw(self, fixture: Fixture) -> RawNotification:
        return stripe_raw(fixture.payload, received_at=fixture.received_at)

    def types(self) -> Collection[tuple[str, str]]:
        return [(name, "") for name in TYPES]

    def of_new_type(self, fixture: Fixture) -> Fixture:
        return replace(
            fixture, type="loyalty.granted", payload={**fixture.payload, "type": "loyalty.granted"}
        )

    def forged(self, fixture: Fixture) -> Mapping[str, RawNotification]:
        genuine = self.raw(fixture)
        other = signature_header(genuine.body, ["whsec_somebody_elses"], NOW)
        return {
            "another secret": replace(genuine, request_headers=(("stripe-signature", other),)),
            "no header": replace(genuine, request_headers=()),
        }
