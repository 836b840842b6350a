"""A store's own options out of the project file: decoded strictly, checked, and kept.

An option that does not exist is an error, so that a typo is not silently a default.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import Struct

from streams.contracts import codec
from streams.contracts.errors import ConfigError, MalformedError
from streams.contracts.ids import StoreName
from streams.contracts.project import App, Options

T = TypeVar("T", bound="StoreOptions")
_KEPT = 1024


class StoreOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every store's options."""


class OptionsReader(Generic[T]):
    """Reads one store's options. `check(options, demo)` raises ConfigError."""

    def __init__(self, store: StoreName, kind: type[T], check: Callable[[T, bool], None]) -> None:
        self._store = store
        self._kind = kind
        self._check = check
        # By identity, with the dict kept: options are made once at start and never change.
        self._known: dict[tuple[int, bool], tuple[Options, T]] = {}

    def of(self, app: App) -> T:
        """The options of `app` for this store; raise UnknownAppError when it has no such store."""
        options = app.store(self._store).options
        key = (id(options), app.demo)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[key] = (options, self.read(options, demo=app.demo))
        return known[1]

    def read(self, options: Options, *, demo: bool) -> T:
        """Raise ConfigError, naming the option, when they can't be used."""
        try:
            decoded = codec.convert(options, self._kind)
        except MalformedError as error:
            known = ", ".join(self._kind.__struct_fields__)
            raise ConfigError(
                f"[apps.stores.options] of {self._store}: {error}: the keys are {known}"
            ) from error
        self._check(decoded, demo)
        return decoded


def only_in_demo(name: str, value: object, *, demo: bool) -> None:
    """Refuse an option that would weaken a real app."""
    if value is not None and not demo:
        raise ConfigError(
            f"option {name!r} is for a demo app only: it trusts what no store signed. "
            "Remove it, or set demo = true for an app that is none"
        )
