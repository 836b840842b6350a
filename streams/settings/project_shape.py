"""How project.toml must look, as types: msgspec refuses what is unknown, missing or of another type.

Values that may be secrets stay `Any` here: streams.settings.secret_source reads them, so that a
literal secret is refused with the remedy and not with a type's name.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec

from streams.contracts.project import Plan, Restore
from streams.contracts.words import Environment


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A TOML table without any unknown key."""


class ProjectTable(_Table, frozen=True):
    name: str
    restore: Restore = Restore.TRANSFER
    restore_sandbox: Restore = Restore.TRANSFER
    public_url: str = ""


class ProgramTable(_Table, frozen=True):
    """`until`: the first day that it holds no more."""

    name: str
    since: date
    until: date = date.max


class StoreTable(_Table, frozen=True):
    store: str
    environments: tuple[Environment, ...] = (Environment.PRODUCTION, Environment.SANDBOX)
    tokens: tuple[Any, ...] = ()
    secrets: tuple[Any, ...] = ()
    track_new: str = "off"
    forward: Any = ""
    options: dict[str, Any] = {}
    programs: tuple[ProgramTable, ...] = ()
    api: dict[str, Any] = {}


class AppTable(_Table, frozen=True):
    id: str
    name: str = ""
    plan: Plan = Plan.ANALYZE
    demo: bool = False
    backend_keys: tuple[Any, ...] = ()
    stores: tuple[StoreTable, ...] = ()


class ProductTable(_Table, frozen=True):
    id: str
    store: str | None = None
    entitlements: tuple[str, ...] = ()
    duration: str | None = None
    name: str | None = None


class DestinationHead(msgspec.Struct, frozen=True, kw_only=True):
    """What every destination has; the other keys are its type's own options.

    Without a url it goes where its vendor's API is known to be.
    """

    name: str
    type: str
    url: Any = ""


class ProjectShape(_Table, frozen=True):
    project: ProjectTable
    apps: tuple[AppTable, ...] = ()
    products: tuple[ProductTable, ...] = ()
    destinations: tuple[dict[str, Any], ...] = ()


def stores_of(shape: ProjectShape) -> Iterator[tuple[AppTable, StoreTable, str]]:
    """Every app's stores, each with its path in the file."""
    for at, app in enumerate(shape.apps):
        for number, store in enumerate(app.stores):
            yield app, store, f"apps[{at}].stores[{number}]"
