"""A new app for project.toml: its entry as text, and its secrets. What is in the file stays as it is."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from streams.contracts.codec import write_json
from streams.contracts.errors import ConfigError
from streams.contracts.ids import StoreName
from streams.contracts.project import Options, Plan
from streams.settings.project_checks import check_project
from streams.settings.project_toml import shape_of
from streams.settings.public_url import read_public_url

FOLDER = ".secrets"
_PRIVATE, _PRIVATE_FOLDER, _READABLE = 0o600, 0o700, 0o644
_IGNORE_ALL = "*\n"  # git: whatever lies here is nobody's to commit


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStore:
    """`secret`: what the store calls its signing secret; "": it has none."""

    store: StoreName
    options: Options
    track_new: str
    secret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApp:
    """`in_environment`: its secrets are read from variables, not from files."""

    app_id: str
    name: str
    plan: Plan
    stores: tuple[NewStore, ...]
    in_environment: bool = False

    @property
    def backend_key(self) -> str:
        return self._source("backend-key")

    def token(self, store: StoreName) -> str:
        return self._source(f"{store}-token")

    def secret(self, store: StoreName) -> str:
        return self._source(f"{store}-secret")

    @property
    def made(self) -> tuple[str, ...]:
        """Where the secrets lie that are made for it: file names, or variables."""
        return (self.backend_key, *(self.token(store.store) for store in self.stores))

    def _source(self, what: str) -> str:
        name = f"{self.app_id}-{what}"
        if not self.in_environment:
            return f"{FOLDER}/{name}"
        variable = name.upper().replace("-", "_")
        return variable if variable[0].isalpha() else f"APP_{variable}"


def entry(app: NewApp) -> str:
    """The entry as TOML, with a blank line before it."""
    lines = [
        "",
        "[[apps]]",
        f"id = {_text(app.app_id)}",
        f"name = {_text(app.name)}",
        f"plan = {_text(app.plan)}",
        f"backend_keys = [{_source(app, app.backend_key)}]"
        "  # for your backend only: it never goes into an app",
    ]
    for store in app.stores:
        lines += _store_lines(app, store)
    return "\n".join(lines) + "\n"


def with_entry(file: Path, app: NewApp, *, project: str, public_url: str) -> str:
    """The whole text that `file` would have. Raise ConfigError, before anything is written, when
    the file as it is or as it would be can't be used, or has the app already.

    `project`, `public_url`: of a file that is not there yet.
    """
    if not file.parent.is_dir():
        raise ConfigError(f"{file}: its folder is not there: make it, or set SN_PROJECT to another")
    before = _read(file) if file.exists() else _head(project, public_url)
    known = {one.id for one in shape_of(before, file).apps}
    if app.app_id in known:
        raise ConfigError(
            f"{file}: app {app.app_id!r} stands there already: choose another id, or add an"
            " [[apps.stores]] to it by hand"
        )
    after = (before if before.endswith("\n") else f"{before}\n") + entry(app)
    shape = shape_of(after, file)
    check_project(shape, file)
    read_public_url(shape.project.public_url, file)
    return after


def write_secrets(folder: Path, secrets: Mapping[str, str]) -> None:
    """Each in a file that only its owner reads; raise ConfigError, having written none, when one is
    there already."""
    there = [name for name in secrets if (folder / name).exists()]
    if there:
        raise ConfigError(
            f"{folder / there[0]} is there already, perhaps of an app that was removed: move it away,"
            " or choose another id"
        )
    private = folder / FOLDER
    private.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
    ignored = private / ".gitignore"
    if not ignored.exists():
        ignored.write_text(_IGNORE_ALL, encoding="utf-8")
    for name, value in secrets.items():
        _write_new(folder / name, f"{value}\n")


def write_project(file: Path, text: str) -> None:
    """All of it or nothing: whoever reads the file meanwhile has the old one or the new one."""
    target = file.resolve()
    new = target.with_name(f".{target.name}.new")
    mode = target.stat().st_mode & 0o777 if target.exists() else _READABLE
    new.unlink(missing_ok=True)
    _write_new(new, text)
    new.chmod(mode)
    new.replace(target)


def _write_new(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with os.fdopen(handle, "wb") as opened:
        opened.write(text.encode())


def _read(file: Path) -> str:
    """As it is, line ends too."""
    try:
        return file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: can't read it: {error}; see SN_PROJECT") from error


def _head(project: str, public_url: str) -> str:
    lines = ["[project]", f"name = {_text(project)}"]
    if public_url:
        lines.append(f"public_url = {_text(public_url)}")
    return "\n".join(lines) + "\n"


def _store_lines(app: NewApp, store: NewStore) -> list[str]:
    lines = [
        "",
        "[[apps.stores]]",
        f"store = {_text(store.store)}",
        f"tokens = [{_source(app, app.token(store.store))}]",
        f"track_new = {_text(store.track_new)}",
    ]
    if store.secret:
        where = _source(app, app.secret(store.store))
        lines.append(
            f"secrets = [{where}]  # the {store.secret}: put it there once the store shows it"
        )
    if store.options:
        lines.append("[apps.stores.options]")
        lines += [f"{name} = {_value(value)}" for name, value in store.options.items()]
    return lines


def _source(app: NewApp, name: str) -> str:
    return f"{{ {'env' if app.in_environment else 'file'} = {_text(name)} }}"


def _text(value: str) -> str:
    """A basic string of TOML, which JSON's strings are; the reader has the last word."""
    return write_json(str(value)).decode()


def _value(value: object) -> str:
    return _text(value) if isinstance(value, str) else write_json(value).decode()
