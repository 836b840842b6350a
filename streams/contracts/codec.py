"""The one place that encodes: our records by msgspec (typed, strict), a vendor's JSON by orjson."""

from typing import Any, TypeVar

import msgspec
import orjson

from streams.contracts.errors import MalformedError
from streams.contracts.unread import unread

T = TypeVar("T")
_encoder = msgspec.json.Encoder()
_canonical = msgspec.json.Encoder(order="deterministic")


_decoders: dict[object, msgspec.json.Decoder[Any]] = {}


def _decoder(kind: object) -> msgspec.json.Decoder[Any]:
    found = _decoders.get(kind)
    if found is None:
        found = _decoders[kind] = msgspec.json.Decoder(kind)
    return found


def encode(record: object) -> bytes:
    """A record of ours as JSON: datetimes RFC 3339, enums by value."""
    return _encoder.encode(record)


def canonical(record: object) -> bytes:
    """As `encode`, with every mapping's keys sorted: equal records give equal bytes."""
    return _canonical.encode(record)


def decode(value: bytes | msgspec.Raw, kind: type[T], *, at: str = "") -> T:
    """Raise MalformedError, naming the field's path in the sender's words, when it is no `kind`.

    Raw: a part of what was decoded before, read in its place. `at`: what it is called where it stands
    in something larger.
    """
    try:
        decoded: T = _decoder(kind).decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedError(unread(error, at)) from error
    return decoded


def convert(value: object, kind: type[T]) -> T:
    """Plain dicts and lists, as from TOML, into a `kind`; raise MalformedError with the path."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise MalformedError(unread(error)) from error


def read_json(value: bytes | str) -> Any:  # noqa: ANN401 - a vendor's shape
    """A vendor's JSON; raise MalformedError when it is none."""
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise MalformedError(f"not JSON: {error}") from error


def write_json(value: object) -> bytes:
    """A vendor's or a public shape, keys in the order given."""
    return orjson.dumps(value)


def indented(value: object) -> str:
    """A vendor's or a public shape for people to read; raise MalformedError for what JSON can't hold."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    except TypeError as error:
        raise MalformedError(f"can't be shown as JSON: {error}") from error
