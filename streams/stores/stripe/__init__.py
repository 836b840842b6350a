"""Stripe: events of an endpoint. Money comes from invoices, refunds and disputes; state from
subscriptions.

Read in this order: `options`, `events` and `bills` (Stripe's shapes), `verify`, `signals` (the types),
`subscriptions`, `invoices` and `charges`, `payments`, `decode`, `claim`.
"""

from streams.contracts.ids import StoreName
from streams.contracts.project import App, Keyring, Options
from streams.contracts.purchase import Pointer, PostedPurchase, Tracking, VerifiedPayload
from streams.contracts.raw import RawNotification
from streams.contracts.words import Environment
from streams.stores.base import BOTH, Decoded, StoreAdapter
from streams.stores.stripe.claim import claim
from streams.stores.stripe.decode import decode
from streams.stores.stripe.options import NAME, READER, check_secrets
from streams.stores.stripe.verify import verify


class Stripe:
    """The adapter; it holds nothing."""

    @property
    def name(self) -> StoreName:
        return NAME

    def check(
        self,
        options: Options,
        *,
        demo: bool,
        environments: tuple[Environment, ...] = BOTH,  # noqa: ARG002 - an event says its mode
        secrets: tuple[str, ...] | None = None,
    ) -> None:
        READER.read(options, demo=demo)
        if secrets is not None:
            check_secrets(secrets)

    def verify(self, raw: RawNotification, keyring: Keyring, app: App) -> VerifiedPayload:
        return verify(raw, keyring, app)

    def decode(self, payload: VerifiedPayload, app: App) -> tuple[Decoded, ...]:
        return decode(payload, app)

    def claim(
        self,
        posted: PostedPurchase,
        keyring: Keyring,  # noqa: ARG002 - an id is not signed
        app: App,
    ) -> tuple[Tracking | Pointer, ...]:
        return claim(posted, app)


ADAPTER: StoreAdapter = Stripe()
