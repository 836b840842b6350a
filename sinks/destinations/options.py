"""Reads the options of one destination, each checked as it is read; what nobody read is refused.

Every error names `project.toml: destinations[0].field` and the remedy, so that a typing mistake in
project.toml is a message at start and not a filter that silently filters nothing.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from streams.contracts.errors import ConfigError
from streams.contracts.words import Environment
from streams.settings.secret import Secret

_DURATION = re.compile(r"(\d{1,6}) ?(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_MAX_TEXT = 200  # characters of an event's name
_SOURCE = '{env = "NAME"} or {file = "path"}'


class OptionReader:
    """The options of what stands at `path`: the project file, and the place in it."""

    def __init__(self, path: str, options: Mapping[str, Any]) -> None:
        self.path = path
        self._options = options
        self._read: set[str] = set()

    def wrong(self, field: str, text: str) -> ConfigError:
        """The one form of every error here."""
        return ConfigError(f"{self.path}.{field}: {text}")

    def flag(self, field: str, *, default: bool = False) -> bool:
        value = self._take(field, default)
        if not isinstance(value, bool):
            raise self.wrong(field, f"{value!r} is neither: write true or false")
        return value

    def integer(self, field: str, default: int, *, least: int, most: int) -> int:
        value = self._take(field, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(field, f"{value!r}: write a whole number from {least} to {most}")
        return value

    def word(self, field: str, default: str, allowed: Iterable[str]) -> str:
        """One of `allowed`, in any case."""
        return self._known(field, self._take(field, default), tuple(allowed))

    def words(self, field: str, allowed: Iterable[str]) -> frozenset[str] | None:
        """A list of `allowed` words; None when the option is not there: no restriction."""
        value = self._take(field, None)
        if value is None:
            return None
        if not isinstance(value, list) or not value:
            raise self.wrong(field, 'write a list of words, ["..."], or leave it out for all')
        known = tuple(allowed)
        return frozenset(self._known(field, word, known) for word in value)

    def duration(self, field: str, default: timedelta) -> timedelta:
        value = self._take(field, default)
        return value if isinstance(value, timedelta) else self._duration(field, value)

    def age(self, field: str, default: timedelta) -> timedelta | None:
        """A duration, or "off" for None: no limit."""
        value = self._take(field, default)
        if value == "off":
            return None
        return value if isinstance(value, timedelta) else self._duration(field, value)

    def secret(self, field: str) -> Secret | None:
        value = self._take(field, None)
        if value is not None and not isinstance(value, Secret):
            raise self.wrong(field, f"write {_SOURCE}: a secret never stands in the file")
        return value

    def secrets(self, field: str) -> tuple[Secret, ...]:
        """Newest first, so that a rotation can overlap."""
        value = self._take(field, [])
        if not isinstance(value, list) or not all(isinstance(part, Secret) for part in value):
            raise self.wrong(field, f"write a list, newest first: [{_SOURCE}]")
        return tuple(value)

    def required_secret(self, field: str) -> Secret:
        secret = self.secret(field)
        if secret is None:
            raise self.wrong(field, f"is missing: write {_SOURCE}")
        return secret

    def credentials(self, field: str) -> dict[Environment, Secret]:
        """`field` for production and, where it is given, `sandbox_<field>` for the sandbox."""
        sandbox = self.secret(f"sandbox_{field}")
        found = {Environment.PRODUCTION: self.required_secret(field)}
        return found if sandbox is None else found | {Environment.SANDBOX: sandbox}

    def texts(self, field: str, defaults: Mapping[str, str]) -> dict[str, str]:
        """A table of texts by the words of `defaults`, which stand where it says nothing."""
        value = self._take(field, {})
        if not isinstance(value, dict):
            raise self.wrong(field, 'write a table of texts, {renewal = "..."}, "" for off')
        given = {}
        for word, text in value.items():
            known = self._known(f"{field}.{word}", word, tuple(defaults))
            if not isinstance(text, str) or len(text) > _MAX_TEXT:
                raise self.wrong(f"{field}.{word}", f"write at most {_MAX_TEXT} characters")
            given[known] = text.strip()
        return {**defaults, **given}

    def base(self, url: str, regions: Mapping[str, str]) -> str:
        """Where a vendor's API is: in option `region`, the first by default, or where `url` says."""
        region = self.word("region", next(iter(regions)), regions)
        return (url or regions[region]).rstrip("/")

    def refuse_others(self) -> None:
        """Call last: an option that nobody has read is a typing mistake."""
        others = sorted(set(self._options) - self._read)
        if others:
            known = ", ".join(sorted(self._read))
            raise self.wrong(others[0], f"no such option: remove it, or use one of {known}")

    def _take(self, field: str, default: object) -> Any:  # noqa: ANN401 - any TOML value
        self._read.add(field)
        return self._options.get(field, default)

    def _known(self, field: str, value: object, allowed: tuple[str, ...]) -> str:
        found = next((word for word in allowed if word.lower() == str(value).lower()), None)
        if found is None or not isinstance(value, str):
            raise self.wrong(field, f"{value!r} is not known: use {', '.join(allowed)}")
        return found

    def _duration(self, field: str, value: object) -> timedelta:
        match = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise self.wrong(field, f'{value!r} is no duration: write "15s", "30m", "12h" or "8d"')
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
