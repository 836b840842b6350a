"""Compact JWS, read strictly: three canonical base64url segments and nothing else.

Canonical means one spelling only: no padding, no whitespace, no other alphabet, spare bits zero.
Otherwise many spellings of one token would pass as different ones.
"""

from binascii import Error as Base64Error
from binascii import a2b_base64
from typing import NamedTuple

from streams.contracts.errors import MalformedError

_SEGMENTS = 3
_GROUP = 4  # characters of base64 that make 3 bytes
_PADDING = {0: b"", 2: b"==", 3: b"="}
_SPARE_BITS_ZERO = {0: None, 2: frozenset(b"AQgw"), 3: frozenset(b"AEIMQUYcgkosw048")}
# The url alphabet becomes the standard one; what must not occur becomes what strict mode refuses.
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")


class Compact(NamedTuple):
    """The segments as they came; `signed` is what the signature covers."""

    header: bytes
    payload: bytes
    signature: bytes
    signed: bytes


def split(token: str) -> Compact:
    """Raise MalformedError when `token` is not three segments of ASCII."""
    try:
        raw = token.encode("ascii")
    except UnicodeEncodeError as error:
        raise MalformedError("a token that is not ASCII") from error
    segments = raw.split(b".")
    if len(segments) != _SEGMENTS:
        raise MalformedError(f"a token of {len(segments)} segments, not {_SEGMENTS}")
    header, payload, signature = segments
    return Compact(header, payload, signature, raw[: -len(signature) - 1])


def decode_segment(segment: bytes) -> bytes:
    """Raise MalformedError when `segment` is not the one canonical spelling of some bytes."""
    rest = len(segment) % _GROUP
    if rest not in _PADDING:
        raise MalformedError("base64url of an impossible length")
    allowed = _SPARE_BITS_ZERO[rest]
    if allowed is not None and segment[-1] not in allowed:
        raise MalformedError("base64url whose spare bits are not zero")
    try:
        return a2b_base64(segment.translate(_TO_STANDARD) + _PADDING[rest], strict_mode=True)
    except Base64Error as error:
        raise MalformedError(f"not base64url: {error}") from error
