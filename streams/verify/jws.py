"""A JWS that carries its own certificate chain (header `x5c`), as Apple's: ES256, nothing else.

No clock: the chain must be valid at the moment that the payload names as its signing. Whether that
moment is near enough is the caller's to judge, for whoever holds an old key can choose it.
Verdicts on chains are kept by the hash of the whole header segment: all tokens that one leaf signed
carry the same segment, and two P-384 signatures cost more than all the rest.
"""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from msgspec import UNSET, Raw, Struct, UnsetType

from streams.contracts import codec
from streams.contracts.errors import MalformedError, SignatureError
from streams.verify.chain import Chain, ChainPolicy, check_chain
from streams.verify.compact import Compact, decode_segment, split

T = TypeVar("T")
_ECDSA = ECDSA(SHA256())
_COORDINATE = 32  # bytes of r and of s
_MAX_HEADER = 32 * 1024  # characters; Apple's has 4.4 thousand
_KEPT = 64  # verdicts


class _Header(Struct, frozen=True):
    alg: str
    x5c: list[str] = []
    crit: Raw | UnsetType = UNSET


class _Verdicts:
    """Chains that were found good and signed a token, at most `_KEPT`; the one that came first goes
    first. What nobody signed is not kept: headers around a known chain are made at will, and would
    push out the genuine ones."""

    def __init__(self) -> None:
        self._chains: dict[tuple[ChainPolicy, bytes], Chain] = {}

    def check(self, compact: Compact, signature: bytes, policy: ChainPolicy) -> Chain:
        """The chain that signed this token; its verdict kept, or found now."""
        key = (policy, sha256(compact.header).digest())
        chain = self._chains.get(key) or _judge(compact.header, policy)
        try:
            chain.key.verify(signature, compact.signed, _ECDSA)
        except InvalidSignature as error:
            raise SignatureError("the leaf's key did not sign this token") from error
        if key not in self._chains and len(self._chains) >= _KEPT:
            del self._chains[next(iter(self._chains))]
        self._chains[key] = chain
        return chain


_verdicts = _Verdicts()


def verify_jws(
    token: str, policy: ChainPolicy, kind: type[T], signed_at: Callable[[T], datetime]
) -> T:
    """The claims of a token whose signature and chain are good as of `signed_at(claims)`.

    Raise MalformedError when it can't be read, SignatureError when it proves nothing.
    """
    compact = split(token)
    if len(compact.header) > _MAX_HEADER:
        raise MalformedError(f"a token's header of {len(compact.header)} characters")
    chain = _verdicts.check(compact, _raw_signature(compact), policy)
    claims = codec.decode(decode_segment(compact.payload), kind, at="payload")
    moment = signed_at(claims)
    if not chain.not_before <= moment <= chain.not_after:
        raise SignatureError(f"chain: not valid at the token's own time, {moment.isoformat()}")
    return claims


def _raw_signature(compact: Compact) -> bytes:
    """r and s as 32 bytes each, and no other encoding, made DER for the library."""
    raw = decode_segment(compact.signature)
    if len(raw) != 2 * _COORDINATE:
        raise SignatureError(f"a signature of {len(raw)} bytes, not {2 * _COORDINATE}")
    r, s = raw[:_COORDINATE], raw[_COORDINATE:]
    return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))


def _judge(header: bytes, policy: ChainPolicy) -> Chain:
    """`kid`, `jwk`, `jku` and `x5u` are not looked at: the key comes from the chain alone."""
    parsed = codec.decode(decode_segment(header), _Header, at="header")
    if parsed.alg != "ES256":
        raise SignatureError(f"algorithm {parsed.alg!r}, not ES256")
    if parsed.crit is not UNSET:
        raise SignatureError("a header that lists critical members (crit)")
    return check_chain(parsed.x5c, policy)
