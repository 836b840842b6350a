"""What types can't say of project.toml: identifiers, duplicates, words that another list defines."""

import re
from collections.abc import Iterable
from pathlib import Path

from streams.contracts import stores
from streams.contracts.errors import ConfigError
from streams.contracts.ids import StoreName
from streams.settings.project_shape import (
    AppTable,
    ProductTable,
    ProgramTable,
    ProjectShape,
    StoreTable,
)

_ID = re.compile(r"[a-z0-9_-]{1,64}")
_DURATION = re.compile(r"P(?=\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?")
_TRACK_NEW = re.compile(r"off|anonymous|(known_)?account_token|store_customer|metadata\.[^\s.]+")


def wrong(file: Path, path: str, text: str) -> ConfigError:
    """The one form of every error in the file: where, what, and what to do."""
    return ConfigError(f"{file}: {path}: {text}")


def check_project(shape: ProjectShape, file: Path) -> None:
    """Raise ConfigError at the first thing that is not as it must be."""
    _once(file, "apps", ((app.id, "id") for app in shape.apps))
    for number, app in enumerate(shape.apps):
        _check_app(app, file, f"apps[{number}]")
    _once(
        file, "products", ((f"{p.id} of {p.store or 'every store'}", "id") for p in shape.products)
    )
    for number, product in enumerate(shape.products):
        _check_product(product, file, f"products[{number}]")


def check_id(value: str, file: Path, path: str) -> None:
    """Ids stand in keys, paths and label values, so they hold no `/`, space or capital."""
    if not _ID.fullmatch(value):
        raise wrong(file, path, f"{value!r} is no id: use 1 to 64 of a-z, 0-9, - and _")


def _check_app(app: AppTable, file: Path, path: str) -> None:
    check_id(app.id, file, f"{path}.id")
    if app.id == "-":
        raise wrong(file, f"{path}.id", "'-' stands for no app: choose another id")
    _once(file, f"{path}.stores", ((store.store, "store") for store in app.stores))
    for number, store in enumerate(app.stores):
        _check_store(store, file, f"{path}.stores[{number}]")


def _check_store(store: StoreTable, file: Path, path: str) -> None:
    _known_store(store.store, file, f"{path}.store")
    if not store.environments or len(set(store.environments)) < len(store.environments):
        text = 'name each once: ["PRODUCTION"], ["SANDBOX"] or both'
        raise wrong(file, f"{path}.environments", text)
    if not _TRACK_NEW.fullmatch(store.track_new):
        text = "use off, anonymous, account_token, known_account_token, store_customer or metadata.<key>"
        raise wrong(file, f"{path}.track_new", f"{store.track_new!r} is no rule: {text}")
    for number, program in enumerate(store.programs):
        _check_program(program, store.store, file, f"{path}.programs[{number}]")


def _check_program(program: ProgramTable, store: str, file: Path, path: str) -> None:
    known = sorted({fee.program for fee in stores.BY_NAME[StoreName(store)].fees if fee.program})
    if program.name not in known:
        names = ", ".join(known) or "none"
        text = f"{store} has no program {program.name!r}: use one of: {names}"
        raise wrong(file, f"{path}.name", text)
    if program.until <= program.since:
        raise wrong(file, f"{path}.until", "is not after since: it is the first day without it")


def _check_product(product: ProductTable, file: Path, path: str) -> None:
    if not product.id:
        raise wrong(file, f"{path}.id", "is empty: give the product's id at the store")
    if product.store is not None:
        _known_store(product.store, file, f"{path}.store")
    if product.duration is not None and not _DURATION.fullmatch(product.duration):
        text = f"{product.duration!r} is no ISO 8601 duration: write P1M, P1Y, P1W, P3D"
        raise wrong(file, f"{path}.duration", text)
    if not all(product.entitlements):
        raise wrong(file, f"{path}.entitlements", "one is empty: name it or remove it")


def _known_store(name: str, file: Path, path: str) -> None:
    if name not in stores.BY_NAME:
        known = ", ".join(stores.BY_NAME)
        raise wrong(file, path, f"no store is named {name!r}: use one of {known}")


def _once(file: Path, path: str, named: Iterable[tuple[str, str]]) -> None:
    seen: set[str] = set()
    for number, (name, key) in enumerate(named):
        if name in seen:
            raise wrong(file, f"{path}[{number}].{key}", f"{name!r} stands here twice: remove one")
        seen.add(name)
