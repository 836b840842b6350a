"""The fixtures of a store: what it posts, unsigned, and the essentials of what that means.

`expected` was written by hand from the stores' documentation, not taken from what the code gives.
A transaction, refund or standing in it lists only the fields that matter there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from streams.contracts.codec import encode, read_json
from streams.contracts.ids import StoreName
from streams.contracts.purchase import Notification, Pointer, PurchaseAlias
from streams.stores.base import Decoded

_FOLDER = Path(__file__).parents[2] / "fixtures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixture:
    """`payload`: before it is signed or wrapped. `answers`: what the store's API knows from then on,
    by kind and name, where the message only points at it. `after`: fixtures of the same store that
    came before it; `events`: what it leads to then, in the words of tests.streams.fixture_events."""

    name: str
    about: str
    type: str
    subtype: str
    received_at: datetime
    payload: dict[str, Any]
    expected: dict[str, Any]
    answers: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    events: list[dict[str, Any]] | None = None


def names(store: StoreName) -> list[str]:
    """Of every fixture of a store, in order."""
    return sorted(file.stem for file in (_FOLDER / store).glob("*.json"))


def load(store: StoreName, name: str) -> Fixture:
    content = read_json((_FOLDER / store / f"{name}.json").read_bytes())
    received_at = datetime.fromisoformat(content.pop("received_at"))
    return Fixture(name=name, received_at=received_at, **content)


def load_all(store: StoreName) -> list[Fixture]:
    return [load(store, name) for name in names(store)]


def differences(decoded: tuple[Decoded, ...], expected: dict[str, Any]) -> dict[str, Any]:
    """What is not as expected, by name: `(is, should be)`."""
    told = essentials(decoded)
    return {
        name: (told[name], value)
        for name, value in expected.items()
        if not _as_expected(told[name], value)
    }


def essentials(decoded: tuple[Decoded, ...]) -> dict[str, Any]:
    """The decoded records in the words of `expected`."""
    first = decoded[0]
    if isinstance(first, Pointer):
        return {"signal": first.signal.value, "pointer": _plain(first)}
    assert isinstance(first, Notification)
    snapshot = _plain(first.snapshot)
    assert isinstance(snapshot, dict)
    return {
        "signal": first.signal.value,
        "purchase": first.purchase_key.split("/", 3)[3],
        "environment": first.environment.value,
        "connection_check": first.connection_check,
        "links": list(_links(decoded[1:])),
        **snapshot,
    }


def _links(decoded: tuple[Decoded, ...]) -> Iterator[list[str]]:
    """What is asked for besides is told by the events."""
    for alias in decoded:
        if isinstance(alias, Pointer):
            continue
        assert isinstance(alias, PurchaseAlias)
        ids = (key.split("/", 3)[3] for key in (alias.purchase_key, alias.target))
        yield [*ids, alias.ref]


def _plain(value: object) -> object:
    """As JSON would have it, defaults included."""
    if isinstance(value, Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    plain: object = read_json(encode(value))
    return plain


def _as_expected(told: object, expected: object) -> bool:
    """Of a dict only what is expected of it counts."""
    if isinstance(expected, list) and isinstance(told, list):
        return len(told) == len(expected) and all(map(_as_expected, told, expected))
    if isinstance(expected, dict) and isinstance(told, dict):
        return all(_as_expected(told.get(name), value) for name, value in expected.items())
    return told == expected
