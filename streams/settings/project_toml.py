"""The text of project.toml into its shape, with errors that a person can act on."""

import re
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from streams.contracts.errors import ConfigError
from streams.contracts.project import Plan, Restore
from streams.contracts.words import Environment
from streams.settings.project_checks import wrong
from streams.settings.project_shape import (
    AppTable,
    DestinationHead,
    ProductTable,
    ProgramTable,
    ProjectShape,
    ProjectTable,
    StoreTable,
)
from streams.settings.secret_source import REMEDY

Shape = TypeVar("Shape")
_INDEX = re.compile(r"\[(?:\d+|\.\.\.)\]")
_WORDS: dict[str, type[StrEnum]] = {
    "apps.plan": Plan,
    "apps.stores.environments": Environment,
    "project.restore": Restore,
    "project.restore_sandbox": Restore,
}
_TABLES: dict[str, tuple[str, ...]] = {
    "": ProjectShape.__struct_fields__,
    "project": ProjectTable.__struct_fields__,
    "apps": AppTable.__struct_fields__,
    "apps.stores": StoreTable.__struct_fields__,
    "apps.stores.programs": ProgramTable.__struct_fields__,
    "products": ProductTable.__struct_fields__,
    "destinations": DestinationHead.__struct_fields__,
}
_EXPECTED = re.compile(r"Expected `(\w+)[^`]*`, got `(\w+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(\w+)`")
_WRITE = {
    "str": "write it in quotes",
    "bool": "write true or false, without quotes",
    "date": "write a day without quotes, as in 2026-01-31",
    "array": 'write a list, as in ["one", "two"]',
    "object": "write a table, [{place}], with one pair of brackets",
}
# A table that stands at the top instead of within its app.
_AS_TABLE = {place.rpartition(".")[2]: place for place in _TABLES if "." in place}
_MANY = "there may be many, so write [[{place}]], with two brackets"
_SECRETS = ("apps.backend_keys", "apps.stores.tokens", "apps.stores.secrets")


def read_shape(file: Path) -> ProjectShape:
    """Raise ConfigError when the file is missing, no TOML, or of another shape."""
    try:
        text = file.read_text(encoding="utf-8-sig")  # Windows editors mark it
    except FileNotFoundError as error:
        text = (
            "no such file: SN_PROJECT names your project.toml, python -m streams new-app makes one"
        )
        raise ConfigError(f"{file}: {text}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is no UTF-8: save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{file}: can't read it: {error.strerror}; see SN_PROJECT") from error
    return shape_of(text, file)


def shape_of(text: str, file: Path) -> ProjectShape:
    """The text of `file`, or what is to become it; raise ConfigError as `read_shape` does."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not TOML: {error}") from error
    return _converted(tables, ProjectShape, file, "")


def read_destination(table: dict[str, Any], file: Path, path: str) -> DestinationHead:
    """Name, type and url of one destination; its other keys are its type's."""
    return _converted(table, DestinationHead, file, path)


def _converted(tables: dict[str, Any], kind: type[Shape], file: Path, path: str) -> Shape:
    try:
        return msgspec.convert(tables, kind)  # not the codec's: TOML has other words than JSON
    except msgspec.ValidationError as error:
        text, _, inner = str(error).partition(" - at `$")
        at = (path + inner.rstrip("`")).lstrip(".")
        raise wrong(file, at or "top level", text + _remedy(_INDEX.sub("", at), text)) from error


def _remedy(place: str, text: str) -> str:
    """What to write there instead."""
    if place in _SECRETS:
        return f": a list; for each {REMEDY}"
    if kinds := _EXPECTED.match(text):
        return f": {_written(place, *kinds.groups())}"
    if place in _WORDS:
        return f": use {' or '.join(_WORDS[place])}"
    if (unknown := _UNKNOWN.match(text)) and (at := _AS_TABLE.get(unknown[1])):
        return f": write [[{at}]], below the table that it belongs to"
    if place in _TABLES:
        return f": the keys are {', '.join(_TABLES[place])}"
    return ": correct it"


def _written(place: str, wanted: str, got: str) -> str:
    many = wanted == "array" and got == "object" and place in _TABLES
    remedy = (_MANY if many else _WRITE.get(wanted, "correct it")).format(place=place)
    return f"{remedy}: {' or '.join(_WORDS[place])}" if place in _WORDS else remedy
