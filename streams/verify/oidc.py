"""An OIDC bearer token (JWT, RS256) checked against an issuer's published keys, as of a given time.

Any customer of the issuer can have a valid token made for an account of their own, with any
audience: that the e-mail is the one expected is what proves the sender.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from msgspec import UNSET, Raw, Struct, UnsetType

from streams.contracts import codec
from streams.contracts.errors import KeyMissingError, SignatureError
from streams.verify.compact import decode_segment, split

_SKEW = timedelta(seconds=60)
_PADDING = PKCS1v15()
_DIGEST = SHA256()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who must have sent it. `issuer`: under which its keys are published; `spellings`: of `iss`."""

    issuer: str
    spellings: frozenset[str]
    audience: str
    email: str


class _Header(Struct, frozen=True):
    alg: str
    kid: str = ""
    crit: Raw | UnsetType = UNSET


class _Claims(Struct, frozen=True):
    iss: str
    aud: str
    exp: int
    iat: int
    email: str = ""
    email_verified: bool = False


def verify_oidc(token: str, sender: Sender, keys: Mapping[str, bytes], at: datetime) -> None:
    """Raise SignatureError when `token` is not `sender`'s, KeyMissingError when its key is not here.

    The claims are compared before the key is looked for, so that a stranger's token never makes us
    ask the issuer for keys.
    """
    compact = split(token)
    header = codec.decode(decode_segment(compact.header), _Header, at="header")
    if header.alg != "RS256":
        raise SignatureError(f"algorithm {header.alg!r}, not RS256")
    if header.crit is not UNSET:
        raise SignatureError("a header that lists critical members (crit)")
    claims = codec.decode(decode_segment(compact.payload), _Claims, at="payload")
    _check_sender(claims, sender)
    _check_time(claims, at)
    if header.kid not in keys:
        raise KeyMissingError(sender.issuer, header.kid)
    try:
        _key(keys[header.kid]).verify(
            decode_segment(compact.signature), compact.signed, _PADDING, _DIGEST
        )
    except InvalidSignature as error:
        raise SignatureError("the issuer's key did not sign this token") from error


def _check_sender(claims: _Claims, sender: Sender) -> None:
    if claims.iss not in sender.spellings:
        raise SignatureError(f"token of issuer {claims.iss!r}, not {sender.issuer!r}")
    if claims.aud.casefold() != sender.audience.casefold():  # Google: not case-sensitive
        raise SignatureError(f"token for audience {claims.aud!r}, not {sender.audience!r}")
    if claims.email != sender.email or not claims.email_verified:
        raise SignatureError(f"token of account {claims.email!r}, not {sender.email!r} verified")


def _check_time(claims: _Claims, at: datetime) -> None:
    moment, skew = int(at.timestamp()), int(_SKEW.total_seconds())
    if moment > claims.exp + skew:
        raise SignatureError("token expired before it was received", reason="age")
    if moment < claims.iat - skew:
        raise SignatureError("token from after it was received", reason="age")


@lru_cache(maxsize=64)
def _key(pem: bytes) -> RSAPublicKey:
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SignatureError(f"a published key that can't be read: {error}") from error
    if not isinstance(key, RSAPublicKey):
        raise SignatureError("a published key that is not RSA")
    return key
