"""The App Store's conformance: every type and subtype of Server Notifications V2."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from deploy.demo.signers.apple import AppleChain, AppleSigner
from streams.contracts.raw import RawNotification
from streams.stores.app_store.signals import SIGNALS
from tests.streams.stores.conformance import StoreConformance
from tests.streams.stores.fixture import Fixture
from tests.streams.stores.signing import APP, APP_STORE, KEYRING, NOW, apple_raw, raw


class TestAppStore(StoreConformance):
    store = APP_STORE
    app = APP
    keyring = KEYRING

    def raw(self, fixture: Fixture) -> RawNotification:
        return apple_raw(fixture.payload, received_at=fixture.received_at)

    def types(self) -> Collection[tuple[str, str]]:
        return SIGNALS.keys()

    def of_new_type(self, fixture: Fixture) -> Fixture:
        payload = {**fixture.payload, "notificationType": "LOYALTY_POINTS"}
        return replace(fixture, type="LOYALTY_POINTS", payload=payload)

    def forged(self, fixture: Fixture) -> Mapping[str, RawNotification]:
        genuine = self.raw(fixture)
        stranger = AppleSigner(AppleChain.create(NOW)).body(fixture.payload)
        return {
            "another chain": replace(genuine, body=stranger),
            "nothing signed": raw(APP_STORE, b"{}", received_at=fixture.received_at),
        }
