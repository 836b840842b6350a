"""What a store's lookup is: asks its API for what a pointer names, and gives records of purchases.inbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

from aiohttp import ClientSession

from streams.contracts.errors import ConfigError
from streams.contracts.ids import AppId, StoreName
from streams.contracts.project import App, Project
from streams.contracts.purchase import InboxRecord, Pointer
from streams.lookup.history.kept import History
from streams.settings.project_file import ApiSettings

Apis = Mapping[tuple[AppId, StoreName], ApiSettings]


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


def _lookup(app: App, settings: ApiSettings, store: StoreName, session: ClientSession) -> StoreApi:
    name = f"streams.lookup.{store}"
    if find_spec(name) is None:
        raise ConfigError(
            f"{settings.path}: nothing here asks the API of {store} (there is no module {name}):"
            " remove the table"
        )
    made: StoreApi = import_module(name).lookup(app, settings, session)
    return made
