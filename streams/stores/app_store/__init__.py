"""The App Store: Server Notifications V2.

Read in this order: `options` (what an app sets), `claims` (Apple's shapes), `verify`, `signals` (the
table of types), `snapshot` (what a message says of a purchase), `decode`, `claim`.
"""

from streams.contracts.errors import ConfigError
from streams.contracts.ids import StoreName
from streams.contracts.project import App, Keyring, Options
from streams.contracts.purchase import Pointer, PostedPurchase, Tracking, VerifiedPayload
from streams.contracts.raw import RawNotification
from streams.contracts.words import Environment
from streams.stores.app_store.claim import claim
from streams.stores.app_store.decode import decode
from streams.stores.app_store.options import NAME, READER
from streams.stores.app_store.verify import verify
from streams.stores.base import BOTH, Decoded, StoreAdapter


class AppStore:
    """The adapter; it holds nothing."""

    @property
    def name(self) -> StoreName:
        return NAME

    def check(
        self,
        options: Options,
        *,
        demo: bool,
        environments: tuple[Environment, ...] = BOTH,
        secrets: tuple[str, ...] | None = None,
    ) -> None:
        """Apple signs with its own key: there is no secret to set."""
        read = READER.read(options, demo=demo)
        if Environment.PRODUCTION in environments and read.app_apple_id is None:
            raise ConfigError(
                "option 'app_apple_id' is missing: in production it tells this app's messages from "
                "another one's. It is the number in the app's address in the App Store"
            )
        if secrets:
            raise ConfigError("the App Store has no signing secret: remove `secrets`")

    def verify(
        self,
        raw: RawNotification,
        keyring: Keyring,  # noqa: ARG002 - Apple's key comes with the message
        app: App,
    ) -> VerifiedPayload:
        return verify(raw, app)

    def decode(
        self,
        payload: VerifiedPayload,
        app: App,  # noqa: ARG002 - no option changes what a message says
    ) -> tuple[Decoded, ...]:
        return decode(payload)

    def claim(
        self,
        posted: PostedPurchase,
        keyring: Keyring,  # noqa: ARG002 - Apple's key comes with the transaction
        app: App,
    ) -> tuple[Tracking | Pointer, ...]:
        return claim(posted, app)


ADAPTER: StoreAdapter = AppStore()
