"""The operator's project as one immutable value: apps, their stores, products, identity rules.

Made at start from project.toml (streams.settings), given to every pure step; holds no secret.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from streams.contracts.errors import UnknownAppError
from streams.contracts.fees import Program
from streams.contracts.ids import AppId, StoreName
from streams.contracts.words import Environment

Options = dict[str, Any]


class Plan(StrEnum):
    ANALYZE = "analyze"
    GROW = "grow"


class Restore(StrEnum):
    """Who owns a purchase that a second customer posts (RevenueCat's restore behaviors)."""

    TRANSFER = "transfer"
    TRANSFER_IF_INACTIVE = "transfer_if_inactive"
    KEEP = "keep"
    SHARE = "share"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppStore:
    """One store of one app. `options`: what proves that a message is of this app; the store's file
    names and checks them. `track_new`: "off", or whose name a purchase gets that nobody posted:
    "anonymous", "account_token", "known_account_token" (of a customer that exists, else anonymous),
    "store_customer", "metadata.<key>". `asked`: lookup has what it needs to ask the store's API, so
    its purchases have due times. `programs`: the store's programs that lower or raise its fee."""

    store: StoreName
    environments: tuple[Environment, ...] = (Environment.PRODUCTION, Environment.SANDBOX)
    track_new: str = "off"
    forward: bool = False
    asked: bool = False
    options: Options = field(default_factory=dict)
    programs: tuple[Program, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    app_id: AppId
    name: str
    plan: Plan = Plan.ANALYZE
    demo: bool = False  # allows what a production app must refuse (wide clocks, other roots)
    stores: tuple[AppStore, ...] = ()

    def store(self, name: StoreName) -> AppStore:
        """Raise UnknownAppError when this app has no such store (yet)."""
        for store in self.stores:
            if store.store == name:
                return store
        raise UnknownAppError(f"app {self.app_id!r} has no store {name!r} in this project")


BASE_PLAN = ":"
"""Google's `subscription:base-plan`; no other store has a colon in a product's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """`store` None: the same in every store. `duration`: ISO 8601 (P1M), None: inferred."""

    product_id: str
    store: StoreName | None = None
    entitlements: tuple[str, ...] = ()
    duration: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """`sha256`: of the canonical JSON of everything below it; on every event."""

    name: str
    sha256: str
    apps: tuple[App, ...]
    products: tuple[Product, ...] = ()
    restore: Restore = Restore.TRANSFER
    restore_sandbox: Restore = Restore.TRANSFER

    def app(self, app_id: AppId) -> App:
        """Raise UnknownAppError: this process started before the app was added, or it was removed."""
        for app in self.apps:
            if app.app_id == app_id:
                return app
        raise UnknownAppError(f"no app {app_id!r} in this project")

    def product(self, store: StoreName, product_id: str) -> Product | None:
        """The product as mapped for this store, else for every store. A subscription that is mapped
        by its own id stands for all of its base plans."""
        subscription = product_id.partition(BASE_PLAN)[0]
        return self._mapped(store, product_id) or self._mapped(store, subscription)

    def _mapped(self, store: StoreName, product_id: str) -> Product | None:
        found = [
            p for p in self.products if p.product_id == product_id and p.store in {store, None}
        ]
        return max(found, key=lambda p: p.store is not None, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """What verification compares with: `secrets` by (app, store), newest first, and `published`
    keys by issuer and key id, each an SPKI public key in PEM."""

    secrets: dict[tuple[AppId, StoreName], tuple[str, ...]] = field(
        default_factory=dict, repr=False
    )
    published: dict[str, dict[str, bytes]] = field(default_factory=dict)
