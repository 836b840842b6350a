"""project.toml, read wholly at start: the operator's apps, stores, products and destinations.

Everything is checked here, once: a ConfigError names the file, the path inside it
(`apps[0].stores[1].tokens[0]`) and the remedy. Secrets are read by the methods of `ProjectFile`
only, so that a process needs none but those that it uses: the keyring, the options of destinations
and of forwards, a store's API, and as SHA-256 tokens and backend keys.
"""

import os
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from streams.contracts.codec import canonical
from streams.contracts.fees import Program
from streams.contracts.ids import AppId, StoreName
from streams.contracts.project import App, AppStore, Keyring, Options, Product, Project
from streams.settings.doors import Doors, TokenBinding, check_doors
from streams.settings.forwards import ForwardSettings, read_forward
from streams.settings.project_checks import check_id, check_project, wrong
from streams.settings.project_shape import AppTable, ProjectShape, StoreTable, stores_of
from streams.settings.project_toml import read_destination, read_shape
from streams.settings.public_url import read_public_url
from streams.settings.secret_source import SecretForms, SecretSource

Whose = tuple[AppId, StoreName]


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationSettings:
    """One `[[destinations]]`. `url` may itself be a secret (Slack's), so it is not in the repr; ""
    where the file has none. `url_in_file`: it stands there as it is, so it had better be none.
    `path`: where it stands, with the file."""

    path: str
    name: str
    type: str
    url: str = field(repr=False)
    url_in_file: bool = False
    options: Options = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """One `[apps.stores.api]`: how lookup asks a store. `path`: where it stands in the file."""

    path: str
    options: Options = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFile:
    """A method reads the secrets of its part when it is called, and raises ConfigError when one is
    missing: call it at start.

    `public_url`: where stores reach the notification route; "": only this machine does.
    """

    project: Project
    public_url: str
    shape: ProjectShape = field(repr=False)
    source: SecretSource = field(repr=False)

    def tokens(self) -> dict[str, TokenBinding]:
        """By SHA-256 (hex) of the token."""
        return Doors(self.source).tokens(self.shape)

    def backend_keys(self) -> dict[str, AppId]:
        """By SHA-256 (hex) of the key."""
        return Doors(self.source).backend_keys(self.shape)

    def keyring(self, only: Container[Whose] | None = None) -> Keyring:
        """The signing secrets of every app's stores, or of `only` these."""
        return Keyring(secrets=dict(_secrets(self.shape, self.source, only)))

    def apis(self, only: Container[Whose] | None = None) -> dict[Whose, ApiSettings]:
        """Of every app's stores that have an API, or of `only` these."""
        return dict(_apis(self.shape, self.source, only))

    def destinations(self) -> tuple[DestinationSettings, ...]:
        return tuple(_destinations(self.shape, self.source))

    def forwards(self) -> tuple[ForwardSettings, ...]:
        """Of every app's stores."""
        return tuple(
            read_forward(store.forward, self.source, AppId(app.id), StoreName(store.store), path)
            for app, store, path in stores_of(self.shape)
            if store.forward
        )

    def check_secrets(self) -> None:
        """As if this process used all of them: raise ConfigError at the first that is missing."""
        doors = Doors(self.source)
        doors.tokens(self.shape)
        doors.backend_keys(self.shape)
        _read_others(self)


def load_project(path: Path, environ: Mapping[str, str] = os.environ) -> ProjectFile:
    """Raise ConfigError when anything in the file is not right; secrets are not read yet."""
    shape = read_shape(path)
    check_project(shape, path)
    source = SecretSource(file=path, environ=environ)
    read = ProjectFile(
        project=_project(shape, source),
        public_url=read_public_url(shape.project.public_url, path),
        shape=shape,
        source=source,
    )
    _check_forms(read)
    return read


def _check_forms(file: ProjectFile) -> None:
    """Raise ConfigError where a secret is not pointed at as it must be, or opens two doors."""
    forms = SecretForms(file=file.source.file, environ={})
    check_doors(file.shape, forms)
    _read_others(replace(file, source=forms))


def _read_others(file: ProjectFile) -> None:
    file.keyring()
    file.apis()
    file.destinations()
    file.forwards()


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
    shape: ProjectShape, source: SecretSource, only: Container[Whose] | None
) -> Iterator[tuple[Whose, tuple[str, ...]]]:
    for app, store, path in stores_of(shape):
        whose = (AppId(app.id), StoreName(store.store))
        if store.secrets and (only is None or whose in only):
            yield (
                whose,
                tuple(
                    source.secret(value, f"{path}.secrets[{number}]").reveal()
                    for number, value in enumerate(store.secrets)
                ),
            )


def _apis(
    shape: ProjectShape, source: SecretSource, only: Container[Whose] | None
) -> Iterator[tuple[Whose, ApiSettings]]:
    for app, store, path in stores_of(shape):
        whose = (AppId(app.id), StoreName(store.store))
        if store.api and (only is None or whose in only):
            read = source.options(store.api, f"{path}.api")
            yield whose, ApiSettings(path=f"{source.file}: {path}.api", options=read)


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
            path=f"{source.file}: {path}",
            name=head.name,
            type=head.type,
            url=source.url(head.url, f"{path}.url") if head.url else "",
            url_in_file=isinstance(head.url, str) and bool(head.url),
            options=source.options(options, path),
        )
