"""A JSON Web Key Set as public keys in PEM, and for how long it may be kept. Pure.

Only RSA keys that can sign and are long enough get through; a set without one is refused, so that
a broken answer never takes the place of good keys.
"""

import re
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import Struct

from streams.contracts.codec import decode
from streams.contracts.errors import MalformedError

SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(hours=24)
_UNSAID = timedelta(hours=1)
_MOST_KEYS = 32
_LEAST_BITS, _MOST_BITS = 2048, 8192
_MOST_CHARACTERS = 2048  # of a number in base64url
_EXPONENT = 65537
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=([0-9]{1,9})(?:[,\s]|$)", re.IGNORECASE)


class _Key(Struct, frozen=True):
    kty: str
    kid: str = ""
    use: str = "sig"
    n: str = ""
    e: str = ""


class _Set(Struct, frozen=True):
    keys: list[_Key]


def read_keys(body: bytes) -> dict[str, str]:
    """The usable keys by id, SPKI PEM; raise MalformedError when there is none."""
    listed = decode(body, _Set).keys
    if len(listed) > _MOST_KEYS:
        raise MalformedError(f"a key set of {len(listed)} keys")
    usable = [key for key in listed if key.kty == "RSA" and key.use == "sig" and key.kid]
    read = {key.kid: _pem(key) for key in usable}
    keys = {key_id: pem for key_id, pem in read.items() if pem is not None}
    if not keys or len(read) != len(usable):
        raise MalformedError("a key set without a usable RSA key, or with two keys of one id")
    return keys


def lifetime(cache_control: str, age: str = "") -> timedelta:
    """How long the answer may be used: max-age less its age, between SHORTEST and LONGEST."""
    found = _MAX_AGE.search(cache_control)
    kept = timedelta(seconds=int(found[1])) if found else _UNSAID
    elapsed = timedelta(seconds=int(age)) if age.isascii() and age.isdigit() else timedelta()
    return min(max(kept - elapsed, SHORTEST), LONGEST)


def _pem(key: _Key) -> str | None:
    """None for a key that is weak or strange: others of the set may be good."""
    n, e = _number(key.n), _number(key.e)
    if n is None or e != _EXPONENT or not _LEAST_BITS <= n.bit_length() <= _MOST_BITS:
        return None
    try:
        public = RSAPublicNumbers(e, n).public_key()
    except ValueError:
        return None
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _number(text: str) -> int | None:
    if len(text) > _MOST_CHARACTERS:
        return None
    try:
        raw = urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
    except (Base64Error, ValueError):
        return None
    return int.from_bytes(raw, "big")
