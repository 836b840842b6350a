"""A notification's body, decoded so that a person can read it. For display only: it proves nothing.

What is genuine was decided by verify; here Apple's signed payloads are opened without looking at
their signatures and Google's data is decoded, so a forged message can be read as well.
"""

from base64 import b64decode, urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sinks.console.redaction import Json, redacted, redacted_text
from streams.contracts.codec import indented, read_json
from streams.contracts.errors import MalformedError

MOST_SHOWN = 100_000  # characters
_SEGMENTS = 3
_DEEPEST = 6  # members: the payload, its data, a transaction, and room
_SIGNED = (
    "signedPayload",
    "signedTransactionInfo",
    "signedRenewalInfo",
    "signedAppTransactionInfo",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """`text`: indented JSON where the body is JSON. `note`: how it was decoded, and what is missing."""

    text: str
    note: str
    size: int  # bytes of the body


def content_of(store: str, body: bytes) -> Content:
    """Never fails: what can't be decoded is shown as the text that it is."""
    if not body:
        return Content(
            text="", note="There is no body: empty, or erased with its customer.", size=0
        )
    try:
        text, note = _json(store, read_json(body))
    except MalformedError as error:
        text = redacted_text(body.decode("utf-8", "replace"))
        note = (
            f"Shown as it came, for it is not what this store sends ({redacted_text(str(error))})."
        )
    shown, cut = _bounded(text)
    return Content(text=shown, note=note + cut, size=len(body))


def _json(store: str, parsed: Json) -> tuple[str, str]:
    """Raise MalformedError for what JSON can't hold, a number of too many digits, say."""
    decode, note = _DECODERS.get(store, (_as_it_is, _PLAIN))
    try:
        parsed = decode(parsed)
    except MalformedError as error:
        note = f"What is encoded in it can't be opened ({redacted_text(str(error))}). {_HIDES}"
    return indented(redacted(parsed)), note


def _as_it_is(parsed: Json) -> Json:
    return parsed


def _of_apple(parsed: Json, depth: int = 0) -> Json:
    """Each signed token in place of itself, opened, as deep as Apple puts them."""
    if isinstance(parsed, dict) and depth < _DEEPEST:
        return {name: _opened(name, value, depth + 1) for name, value in parsed.items()}
    return parsed


def _opened(name: str, value: Json, depth: int) -> Json:
    signed = name in _SIGNED and isinstance(value, str)
    return _of_apple(_claims(str(value)) if signed else value, depth)


def _claims(token: str) -> Json:
    segments = token.split(".")
    if len(segments) != _SEGMENTS:
        raise MalformedError(f"a signed token of {len(segments)} segments, not {_SEGMENTS}")
    claims: Json = read_json(_decoded(segments[1], urlsafe_b64decode))
    return claims


def _of_google(parsed: Json) -> Json:
    """A Pub/Sub push with its message's data decoded in place."""
    message = parsed.get("message") if isinstance(parsed, dict) else None
    data = message.get("data") if isinstance(message, dict) else None
    if not (isinstance(parsed, dict) and isinstance(message, dict) and isinstance(data, str)):
        return parsed
    decoded: Json = read_json(_decoded(data, b64decode))
    return {**parsed, "message": {**message, "data": decoded}}


def _decoded(text: str, by: Callable[[bytes], bytes]) -> bytes:
    try:
        return by(text.encode() + b"=" * (-len(text) % 4))
    except (Base64Error, ValueError) as error:
        raise MalformedError(f"not base64: {error}") from error


def _bounded(text: str) -> tuple[str, str]:
    """The text, cut, and what to say when it was."""
    if len(text) <= MOST_SHOWN:
        return text, ""
    return text[:MOST_SHOWN], f" Cut: the first {MOST_SHOWN:,} of {len(text):,} characters."


_HIDES = "Tokens, secrets and what says who somebody is are hidden."
_PLAIN = f"As the store sent it. {_HIDES}"
_DECODERS: Mapping[str, tuple[Callable[[Json], Json], str]] = {
    "app_store": (
        _of_apple,
        "Apple's signed payloads are opened for display only: no signature was checked to show this,"
        f" verify did that when it came. {_HIDES}",
    ),
    "play_store": (_of_google, f"Google's message.data is decoded from base64. {_HIDES}"),
    "stripe": (_as_it_is, _PLAIN),
}
