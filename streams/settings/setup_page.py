"""The setup page of a store (deploy/setup/<store>.md), filled in with what this deployment has set.

A page is a Jinja template of Markdown. What is not set yet shows as `<set NAME in PLACE>` and stands
in `unset`. It holds the route's token, since the URL is what it is for, and no other secret: it is
readable before those are there, which a store shows only once it has the URL.
"""

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2

from streams.contracts import stores
from streams.contracts.errors import ConfigError
from streams.contracts.ids import AppId, StoreName
from streams.contracts.project import AppStore
from streams.settings.environment import Settings
from streams.settings.project_checks import check_project
from streams.settings.project_shape import AppTable, StoreTable
from streams.settings.project_toml import read_shape
from streams.settings.public_url import notification_url, read_public_url
from streams.settings.secret_source import SecretSource

FOLDER = Path(__file__).parents[2] / "deploy" / "setup"
_UNFIT = re.compile(r"[`\x00-\x1f\x7f]")
_OPTIONS = "[apps.stores.options]"
_STORE = "[[apps.stores]]"
_PUBLIC_URL = "public_url in [project]"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupPage:
    """`markdown`: the whole page. `url`: of the route, with its token, so it is not in the repr;
    "": there is no public URL, or no token. `unset`: what lacks, each as `NAME in PLACE`.
    `token_problem`, `secret_problem`: why there is none here; "": there is, or need not be."""

    app_id: AppId
    store: AppStore
    title: str
    markdown: str = field(repr=False)
    url: str = field(repr=False)
    token_problem: str
    secret_problem: str
    unset: tuple[str, ...]

    @property
    def unset_options(self) -> tuple[str, ...]:
        return tuple(what for what in self.unset if what.endswith(_OPTIONS))


def load_setup_page(
    settings: Settings, app_id: str, store: str, environ: Mapping[str, str] = os.environ
) -> SetupPage:
    """Raise ConfigError where the project has no such app or store, or is not as it must be."""
    shape = read_shape(settings.project)
    check_project(shape, settings.project)
    app, table, path = _find(shape.apps, app_id, store, settings.project)
    source = SecretSource(file=settings.project, environ=environ)
    token, token_problem = _first(table.tokens, f"{path}.tokens", source)
    base = read_public_url(shape.project.public_url, settings.project)
    name = StoreName(table.store)
    url = notification_url(base, name, token) if base and token else ""
    unset: dict[str, None] = {}
    local = f"http://127.0.0.1:{settings.notifications_port}"
    values: dict[str, Any] = {
        "app": {"id": app.id},
        "project": str(settings.project),
        "options": table.options,
        "secret": _source_of(table.secrets),
        "secret_file": _file_of(table.secrets),
        "track_new": table.track_new,
        "asked": bool(table.api),
        "forward": bool(table.forward),
        "environments": [environment.value for environment in table.environments],
        "charts_url": settings.charts_url,
    }
    values |= {"local_url": notification_url(local, name, token)} if token else {}
    values |= {"url": url} if url else {}
    return SetupPage(
        app_id=AppId(app.id),
        store=_app_store(table),
        title=stores.BY_NAME[name].title,
        markdown=_filled(name, values, unset, _lacks(base, token_problem)),
        url=url,
        token_problem=token_problem,
        secret_problem=_secret_problem(name, table, path, source),
        unset=tuple(unset),
    )


def _find(
    apps: tuple[AppTable, ...], app_id: str, store: str, file: Path
) -> tuple[AppTable, StoreTable, str]:
    for at, app in enumerate(apps):
        if app.id != app_id:
            continue
        for number, table in enumerate(app.stores):
            if table.store == store:
                return app, table, f"apps[{at}].stores[{number}]"
        has = ", ".join(table.store for table in app.stores) or "none"
        raise ConfigError(
            f"{file}: app {app_id!r} has no store {store!r} (it has: {has}): add an {_STORE} to it"
        )
    known = ", ".join(app.id for app in apps) or "none"
    raise ConfigError(
        f"{file}: no app {app_id!r} (there are: {known}): python -m streams new-app adds one"
    )


def _first(values: tuple[Any, ...], path: str, source: SecretSource) -> tuple[str, str]:
    """The newest, which stands first, and ""; or "" and why there is none here."""
    if not values:
        return "", f"{path.rpartition('.')[2]} in {_STORE}"
    try:
        return source.secret(values[0], f"{path}[0]").reveal(), ""
    except ConfigError as error:
        return "", str(error)


def _secret_problem(store: StoreName, table: StoreTable, path: str, source: SecretSource) -> str:
    if not stores.BY_NAME[store].advice.secret:
        return ""
    return _first(table.secrets, f"{path}.secrets", source)[1]


def _lacks(base: str, token_problem: str) -> str:
    """What a route without its whole URL waits for."""
    wanted = [*([] if base else [_PUBLIC_URL]), *([token_problem] if token_problem else [])]
    return "; ".join(wanted)


def _source_of(secrets: tuple[Any, ...]) -> str:
    """Where the newest signing secret is read from, in words; "" where no source is set."""
    file = _file_of(secrets)
    if file:
        return f"file {file}"
    match secrets[:1]:
        case ({"env": str(name)},):
            return f"variable {name}"
        case _:
            return ""


def _file_of(secrets: tuple[Any, ...]) -> str:
    """The file of the newest signing secret, beside project.toml; "" where it is none."""
    match secrets[:1]:
        case ({"file": str(name)},):
            return name
        case _:
            return ""


def _app_store(table: StoreTable) -> AppStore:
    return AppStore(
        store=StoreName(table.store),
        environments=table.environments,
        track_new=table.track_new,
        forward=bool(table.forward),
        asked=bool(table.api),
        options=table.options,
    )


def _filled(store: StoreName, values: Mapping[str, Any], unset: dict[str, None], lacks: str) -> str:
    # Markdown, not HTML: who makes HTML of it escapes what it holds.
    engine = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=False,  # noqa: S701
        undefined=_unset(unset, lacks),
        finalize=_fit,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    engine.filters |= {"sh": _sh, "part": _part}
    return engine.get_template(f"{store}.md").render(values)


def _unset(unset: dict[str, None], lacks: str) -> type[jinja2.Undefined]:
    """What stands for a name without a value: it says where to set it, and remembers that it did.

    `lacks`: what the route's URL waits for; every other name is an option.
    """

    class Unset(jinja2.Undefined):
        def __str__(self) -> str:
            option = isinstance(self._undefined_obj, dict)
            what = f"{self._undefined_name} in {_OPTIONS}" if option else lacks
            unset[what] = None
            return f"<set {what}>"

    return Unset


def _fit(value: object) -> object:
    """Raise ConfigError for what would break out of its place on the page."""
    if isinstance(value, str) and _UNFIT.search(value):
        raise ConfigError(
            f"{value!r} holds a line break or a backquote: correct it in project.toml"
        )
    return value


def _sh(value: object) -> str:
    """As one word of a shell's line."""
    return shlex.quote(str(value))


def _part(value: object, number: int, separator: str = "/") -> object:
    """A part of a resource's name: of projects/P/topics/T, 1 is P and 3 is T."""
    parts = str(value).split(separator)
    return parts[number] if number < len(parts) else value
