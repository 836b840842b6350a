"""Tokens and backend keys: what opens a door from outside, kept as SHA-256 only."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from streams.contracts.errors import ConfigError
from streams.contracts.ids import AppId, StoreName
from streams.contracts.words import Environment
from streams.settings.project_checks import wrong
from streams.settings.project_shape import AppTable, ProjectShape, StoreTable, stores_of
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


class Doors:
    """Each secret opens one door only, so none of those that one of these reads may come twice."""

    def __init__(self, source: SecretSource) -> None:
        self._source = source
        self._taken: dict[str, str] = {}

    def tokens(self, shape: ProjectShape) -> dict[str, TokenBinding]:
        """Raise ConfigError when one is missing, too short, or was read before."""
        bindings = {}
        for app, store, value, path in _tokens(shape):
            digest = self._take(value, path)
            bindings[digest] = TokenBinding(
                app_id=AppId(app.id),
                store=StoreName(store.store),
                environments=store.environments,
                hint=digest[:HINT],
            )
        return bindings

    def backend_keys(self, shape: ProjectShape) -> dict[str, AppId]:
        """Raise ConfigError as `tokens` does."""
        return {self._take(value, path): AppId(app.id) for app, value, path in _backend_keys(shape)}

    def _take(self, value: object, path: str) -> str:
        secret = self._source.secret(value, path).reveal()
        if len(secret) < _MIN_SECRET or not secret.replace("-", "").replace("_", "").isalnum():
            text = f"needs at least {_MIN_SECRET} of A-Z, a-z, 0-9, - and _"
            raise wrong(
                self._source.file, path, f"{text}: make one by `python -m streams new-token`"
            )
        digest = sha256(secret.encode()).hexdigest()
        first = self._taken.setdefault(digest, path)
        if first != path:
            raise _twice(self._source, path, first)
        return digest


def check_doors(shape: ProjectShape, source: SecretSource) -> None:
    """Without reading any: raise ConfigError when one is no pointer, or two point at one place."""
    taken: dict[tuple[str, str], str] = {}
    tokens = [(value, path) for _, _, value, path in _tokens(shape)]
    keys = [(value, path) for _, value, path in _backend_keys(shape)]
    for value, path in (*tokens, *keys):
        first = taken.setdefault(source.pointer(value, path), path)
        if first != path:
            raise _twice(source, path, first)


def _tokens(shape: ProjectShape) -> Iterator[tuple[AppTable, StoreTable, object, str]]:
    for app, store, path in stores_of(shape):
        for number, value in enumerate(store.tokens):
            yield app, store, value, f"{path}.tokens[{number}]"


def _backend_keys(shape: ProjectShape) -> Iterator[tuple[AppTable, object, str]]:
    for at, app in enumerate(shape.apps):
        for number, value in enumerate(app.backend_keys):
            yield app, value, f"apps[{at}].backend_keys[{number}]"


def _twice(source: SecretSource, path: str, first: str) -> ConfigError:
    return wrong(source.file, path, f"the same secret as {first}: give each its own")
