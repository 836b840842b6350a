"""What a store's lookup is: asks its API for what a pointer names, and gives records of purchases.inbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Protocol

from aiohttp import ClientSession

from streams.contracts import stores
from streams.contracts.errors import ConfigError
from streams.contracts.ids import AppId, StoreName
from streams.contracts.project import App, Project
from streams.contracts.purchase import InboxRecord, Pointer
from streams.lookup.history.kept import History
from streams.settings.project_file import ApiSettings

Apis = Mapping[tuple[AppId, StoreName], ApiSettings]
_PACKAGE = "streams.lookup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`stale`: the answer is older than the message that asked for it: ask again soon."""

    records: tuple[InboxRecord, ...]
    stale: bool = False


class StoreLookup(Protocol):
    """One app at one store."""

    async def look_up(self, pointer: Pointer) -> Found:
        """Raise RejectedError for what the store will never answer, TransientError for what it may yet."""


class StoreApi(StoreLookup, Protocol):
    """A lookup that can also tell what the store kept."""

    def history(self, secrets: tuple[str, ...]) -> History:
        """What the store kept of its notifications; `secrets`: those of the app's endpoint there."""


def lookups(
    project: Project, apis: Apis, session: ClientSession
) -> dict[tuple[AppId, StoreName], StoreApi]:
    """Of every app's store that has an API set; raise ConfigError when one can't work as set."""
    return {
        (app.app_id, store.store): _lookup(app, apis[app.app_id, store.store], store.store, session)
        for app in project.apps
        for store in app.stores
        if (app.app_id, store.store) in apis
    }


def check_asked(project: Project, app_id: AppId, store: StoreName) -> None:
    """Raise ConfigError when no API is set for that store of that app."""
    asked = [(app.app_id, one.store) for app in project.apps for one in app.stores if one.asked]
    if (app_id, store) not in asked:
        known = ", ".join("/".join(whose) for whose in asked) or "no store of any app"
        raise ConfigError(
            f"--app {app_id} --store {store}: no [apps.stores.api] is set there, but for {known}:"
            " set it in project.toml, under [[apps.stores]] of that store"
        )


def issuers(project: Project) -> dict[str, str]:
    """The address of the key set of each issuer whose published keys prove messages of its stores."""
    modules = filter(None, (_module(store.name) for store in stores.ALL))
    published = (getattr(module, "issuers", None) for module in modules)
    return {issuer: url for of in published if of for issuer, url in of(project).items()}


def _lookup(app: App, settings: ApiSettings, store: StoreName, session: ClientSession) -> StoreApi:
    module = _module(store)
    if module is None:
        raise ConfigError(
            f"{settings.path}: nothing here asks the API of {store} (there is no module"
            f" {_PACKAGE}.{store}): remove the table"
        )
    made: StoreApi = module.lookup(app, settings, session)
    return made


def _module(store: StoreName) -> ModuleType | None:
    name = f"{_PACKAGE}.{store}"
    return None if find_spec(name) is None else import_module(name)
