"""Google Play: real-time developer notifications, pushed by Cloud Pub/Sub.

Read in this order: `options`, `messages` (Google's shapes), `verify`, `signals` (the table of
numbers), `decode`, `claim`.
"""

from streams.contracts.errors import ConfigError
from streams.contracts.ids import StoreName
from streams.contracts.project import App, Keyring, Options
from streams.contracts.purchase import Pointer, PostedPurchase, Tracking, VerifiedPayload
from streams.contracts.raw import RawNotification
from streams.contracts.words import Environment
from streams.stores.base import BOTH, Decoded, StoreAdapter
from streams.stores.play_store.claim import claim
from streams.stores.play_store.decode import decode
from streams.stores.play_store.options import NAME, READER
from streams.stores.play_store.verify import verify


class PlayStore:
    """The adapter; it holds nothing."""

    @property
    def name(self) -> StoreName:
        return NAME

    def check(
        self,
        options: Options,
        *,
        demo: bool,
        environments: tuple[Environment, ...] = BOTH,  # noqa: ARG002 - Google's API tells them
        secrets: tuple[str, ...] | None = None,
    ) -> None:
        """Google signs with published keys: there is no secret to set."""
        READER.read(options, demo=demo)
        if secrets:
            raise ConfigError("Google Play has no signing secret: remove `secrets`")

    def verify(self, raw: RawNotification, keyring: Keyring, app: App) -> VerifiedPayload:
        return verify(raw, keyring, app)

    def decode(
        self,
        payload: VerifiedPayload,
        app: App,  # noqa: ARG002 - no option changes what a message says
    ) -> tuple[Decoded, ...]:
        return decode(payload)

    def claim(
        self,
        posted: PostedPurchase,
        keyring: Keyring,  # noqa: ARG002 - a token is not signed
        app: App,
    ) -> tuple[Tracking | Pointer, ...]:
        return claim(posted, app)


ADAPTER: StoreAdapter = PlayStore()
