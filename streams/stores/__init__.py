"""The stores by name. `STORES` follows the list in streams.contracts.stores: a module a name."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from streams.contracts import stores
from streams.contracts.errors import ConfigError
from streams.contracts.ids import AppId, StoreName
from streams.contracts.project import Keyring, Project
from streams.stores.base import StoreAdapter


def _load(name: StoreName) -> StoreAdapter:
    adapter: StoreAdapter = import_module(f"{__name__}.{name}").ADAPTER
    return adapter


STORES: Mapping[StoreName, StoreAdapter] = MappingProxyType(
    {store.name: _load(store.name) for store in stores.ALL}
)


def check_project(project: Project, keyring: Keyring | None, file: str) -> None:
    """Raise ConfigError, naming the place in `file`, when a store of the project can't work as set.

    `keyring` None: this process proves nothing, so signing secrets are not looked at.
    """
    for at, app in enumerate(project.apps):
        for number, store in enumerate(app.stores):
            try:
                STORES[store.store].check(
                    store.options,
                    demo=app.demo,
                    environments=store.environments,
                    secrets=_secrets(keyring, app.app_id, store.store),
                )
            except ConfigError as error:
                raise ConfigError(f"{file}: apps[{at}].stores[{number}]: {error}") from error


def _secrets(keyring: Keyring | None, app_id: AppId, store: StoreName) -> tuple[str, ...] | None:
    return None if keyring is None else keyring.secrets.get((app_id, store), ())
