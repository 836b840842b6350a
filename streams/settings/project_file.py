"""project.toml, read wholly at start: the operator's apps, stores, products and destinations.

Everything is checked here, once: a ConfigError names the file, the path inside it
(`apps[0].stores[1].tokens[0]`) and the remedy. Secrets leave in four places only: the keyring, a
destination's options, a store's API, and as SHA-256 in `tokens` and `backend_keys`.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from streams.contracts.codec import canonical
from streams.contracts.fees import Program
from streams.contracts.ids import AppId, StoreName
from streams.contracts.project import App, AppStore, Keyring, Options, Product, Project
from streams.contracts.words import Environment
from streams.settings.forwards import ForwardSettings, read_forward
from streams.settings.project_checks import check_id, check_project, wrong
from streams.settings.project_shape import AppTable, ProjectShape, StoreTable
from streams.settings.project_toml import read_destination, read_shape
from streams.settings.public_url import read_public_url
from streams.settings.secret_source import SecretSource

HINT = 6  # hex digits of a token's hash that may be shown
_MIN_SECRET = 22  # characters: what 128 bits need in base64


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenBinding:
    """What a token of the notification route stands for. `hint`: 6 hex digits of its SHA-256."""

    app_id: AppId
    store: StoreName
    environments: tuple[Environment, ...]
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationSettings:
    """One `[[destinations]]`. `url` may itself be a secret (Slack's), so it is not in the repr; ""
    where the file has none. `is_url_shown`: it stands in the file."""

    name: str
    type: str
    url: str = field(repr=False)
    is_url_shown: bool = False
    options: Options = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """One `[apps.stores.api]`: how lookup asks a store. `path`: where it stands in the file."""

    path: str
    options: Options = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFile:
    """`tokens` and `backend_keys`: by SHA-256 (hex) of the secret. `forwards`: of every app's stores.

    `public_url`: where stores reach the notification route; "": only this machine does.
    """

    project: Project
    keyring: Keyring
    tokens: Mapping[str, TokenBinding]
    backend_keys: Mapping[str, AppId]
    destinations: tuple[DestinationSettings, ...]
    apis: Mapping[tuple[AppId, StoreName], ApiSettings] = field(default_factory=dict)
    forwards: tuple[ForwardSettings, ...] = ()
    public_url: str = ""


def load_project(path: Path, environ: Mapping[str, str] = os.environ) -> ProjectFile:
    """Raise ConfigError when anything in the file, or a secret that it points at, is not right."""
    shape = read_shape(path)
    check_project(shape, path)
    source = SecretSource(file=path, environ=environ)
    doors = _Doors(path)
    return ProjectFile(
        project=_project(shape, source),
        keyring=Keyring(secrets=dict(_secrets(shape, source))),
        tokens=doors.tokens(shape, source),
        backend_keys=doors.backend_keys(shape, source),
        destinations=tuple(_destinations(shape, source)),
        apis=dict(_apis(shape, source)),
        forwards=tuple(
            read_forward(store.forward, source, AppId(app.id), StoreName(store.store), path)
            for app, store, path in _stores(shape)
            if store.forward
        ),
        public_url=read_public_url(shape.project.public_url, path),
    )


class _Doors:
    """Tokens and backend keys: each opens one door only, so none may stand twice in the file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._taken: dict[str, str] = {}

    def tokens(self, shape: ProjectShape, source: SecretSource) -> dict[str, TokenBinding]:
        bindings = {}
        for app, store, path in _stores(shape):
            for number, value in enumerate(store.tokens):
                digest = self._take(source, value, f"{path}.tokens[{number}]")
                bindings[digest] = TokenBinding(
                    app_id=AppId(app.id),
                    store=StoreName(store.store),
                    environments=store.environments,
                    hint=digest[:HINT],
                )
        return bindings

    def backend_keys(self, shape: ProjectShape, source: SecretSource) -> dict[str, AppId]:
        keys = {}
        for at, app in enumerate(shape.apps):
            for number, value in enumerate(app.backend_keys):
                digest = self._take(source, value, f"apps[{at}].backend_keys[{number}]")
                keys[digest] = AppId(app.id)
        return keys

    def _take(self, source: SecretSource, value: object, path: str) -> str:
        secret = source.secret(value, path).reveal()
        if len(secret) < _MIN_SECRET or not secret.replace("-", "").replace("_", "").isalnum():
            text = f"needs at least {_MIN_SECRET} of A-Z, a-z, 0-9, - and _"
            raise wrong(self._file, path, f"{text}: make one by `python -m streams new-token`")
        digest = sha256(secret.encode()).hexdigest()
        first = self._taken.setdefault(digest, path)
        if first != path:
            raise wrong(self._file, path, f"the same secret as {first}: give each its own")
        return digest


def _project(shape: ProjectShape, source: SecretSource) -> Project:
    unsigned = Project(
        name=shape.project.name,
        sha256="",
        apps=tuple(_app(app, f"apps[{at}]", source) for at, app in enumerate(shape.apps)),
        products=tuple(
            Product(
                product_id=product.id,
                store=StoreName(product.store) if product.store else None,
                entitlements=product.entitlements,
                duration=product.duration,
                name=product.name,
            )
            for product in shape.products
        ),
        restore=shape.project.restore,
        restore_sandbox=shape.project.restore_sandbox,
    )
    return replace(unsigned, sha256=sha256(canonical(unsigned)).hexdigest())


def _app(app: AppTable, path: str, source: SecretSource) -> App:
    return App(
        app_id=AppId(app.id),
        name=app.name or app.id,
        plan=app.plan,
        demo=app.demo,
        stores=tuple(
            _app_store(store, f"{path}.stores[{at}]", source) for at, store in enumerate(app.stores)
        ),
    )


def _app_store(store: StoreTable, path: str, source: SecretSource) -> AppStore:
    source.refuse_secrets(store.options, f"{path}.options")
    return AppStore(
        store=StoreName(store.store),
        environments=store.environments,
        track_new=store.track_new,
        forward=bool(store.forward),
        asked=bool(store.api),
        options=store.options,
        programs=tuple(
            Program(name=program.name, starts=program.since, ends=program.until)
            for program in store.programs
        ),
    )


def _secrets(
    shape: ProjectShape, source: SecretSource
) -> Iterator[tuple[tuple[AppId, StoreName], tuple[str, ...]]]:
    for app, store, path in _stores(shape):
        found = tuple(
            source.secret(value, f"{path}.secrets[{number}]").reveal()
            for number, value in enumerate(store.secrets)
        )
        if found:
            yield (AppId(app.id), StoreName(store.store)), found


def _apis(
    shape: ProjectShape, source: SecretSource
) -> Iterator[tuple[tuple[AppId, StoreName], ApiSettings]]:
    for app, store, path in _stores(shape):
        if store.api:
            read = source.options(store.api, f"{path}.api")
            settings = ApiSettings(path=f"{source.file}: {path}.api", options=read)
            yield (AppId(app.id), StoreName(store.store)), settings


def _stores(shape: ProjectShape) -> Iterator[tuple[AppTable, StoreTable, str]]:
    for at, app in enumerate(shape.apps):
        for number, store in enumerate(app.stores):
            yield app, store, f"apps[{at}].stores[{number}]"


def _destinations(shape: ProjectShape, source: SecretSource) -> Iterator[DestinationSettings]:
    seen: set[str] = set()
    for at, table in enumerate(shape.destinations):
        path = f"destinations[{at}]"
        head = read_destination(table, source.file, path)
        check_id(head.name, source.file, f"{path}.name")
        if head.name in seen:
            raise wrong(source.file, f"{path}.name", f"{head.name!r} stands here twice: remove one")
        seen.add(head.name)
        options = {key: part for key, part in table.items() if key not in {"name", "type", "url"}}
        yield DestinationSettings(
            name=head.name,
            type=head.type,
            url=source.url(head.url, f"{path}.url") if head.url else "",
            is_url_shown=bool(head.url) and isinstance(head.url, str),
            options=source.options(options, path),
        )
