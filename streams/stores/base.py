"""What a store's adapter does, and the order: verify proves the sender, decode tells what it said.

Both are pure and repeatable: the same record gives the same answer, whenever and wherever it is
replayed. Knowledge of a store ends here; what comes out has no store's words in it but `type`.
"""

from typing import Protocol

from streams.contracts.ids import StoreName
from streams.contracts.project import App, Keyring, Options
from streams.contracts.purchase import (
    Notification,
    Pointer,
    PostedPurchase,
    PurchaseAlias,
    Tracking,
    VerifiedPayload,
)
from streams.contracts.raw import RawNotification
from streams.contracts.words import Environment

Decoded = Notification | Pointer | PurchaseAlias
BOTH = (Environment.PRODUCTION, Environment.SANDBOX)


class StoreAdapter(Protocol):
    """One store. Errors: RejectedError for what is bad for ever, TransientError for what may yet do."""

    @property
    def name(self) -> StoreName:
        """As in streams.contracts.stores."""

    def check(
        self,
        options: Options,
        *,
        demo: bool,
        environments: tuple[Environment, ...] = BOTH,
        secrets: tuple[str, ...] | None = None,
    ) -> None:
        """Raise ConfigError when the options can't be used; `secrets` None: not looked at."""

    def verify(self, raw: RawNotification, keyring: Keyring, app: App) -> VerifiedPayload:
        """Prove that the store sent `raw`, for this app and an environment of its token."""

    def decode(self, payload: VerifiedPayload, app: App) -> tuple[Decoded, ...]:
        """What the message says, never empty. An unknown type is Signal.UNKNOWN, and kept."""

    def claim(
        self, posted: PostedPurchase, keyring: Keyring, app: App
    ) -> tuple[Tracking | Pointer, ...]:
        """The purchases that a backend's post names."""
