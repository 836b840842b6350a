"""Makes tokens and chains as a forger would, flaw by flaw; every signature is really computed."""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import Struct

from deploy.demo.signers.apple import (
    AppleChain,
    AppleSigner,
    header_segment,
    intermediate_traits,
    leaf_traits,
    raw_signature,
    root_traits,
    segment,
)
from deploy.demo.signers.certificates import Issued, Traits, issue
from streams.verify.chain import ChainPolicy
from streams.verify.jws import verify_jws

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CHAIN = AppleChain.create(NOW)
SIGNER = AppleSigner(CHAIN)
STRANGER = AppleSigner(AppleChain.create(NOW))
POLICY = ChainPolicy(
    roots=frozenset({CHAIN.root_fingerprint}),
    leaf_marker="1.2.840.113635.100.6.11.1",
    intermediate_marker="1.2.840.113635.100.6.2.1",
)


class Claims(Struct, frozen=True):
    at: int
    said: str = "genuine"


AT = int(NOW.timestamp())
CLAIMS = {"at": AT, "said": "genuine"}
PAYLOAD = segment(orjson.dumps(CLAIMS))


def signed_at(claims: Claims) -> datetime:
    return datetime.fromtimestamp(claims.at, UTC)


def verify(signed: str, policy: ChainPolicy = POLICY) -> Claims:
    return verify_jws(signed, policy, Claims, signed_at)


def changed(traits: Traits, **changes: object) -> Traits:
    fields: dict[str, Any] = {name: getattr(traits, name) for name in Traits.__dataclass_fields__}
    return Traits(**(fields | changes))


def leaf_of(issuer: Issued, **changes: object) -> Issued:
    return issue(changed(leaf_traits(NOW), **changes), issuer)


def token(presented: Sequence[Issued], key: Issued | None = None, **header: object) -> str:
    """Signed by the first certificate's key, or by another."""
    text = f"{header_segment(presented, **header)}.{PAYLOAD}"
    return f"{text}.{segment(raw_signature((key or presented[0]).key, text.encode()))}"


def with_leaf(**changes: object) -> str:
    return token((leaf_of(CHAIN.intermediate, **changes), CHAIN.intermediate, CHAIN.root))


def with_intermediate(**changes: object) -> str:
    intermediate = issue(changed(intermediate_traits(NOW), **changes), CHAIN.root)
    return token((leaf_of(intermediate), intermediate, CHAIN.root))


def hmac_with_the_public_key() -> str:
    key = CHAIN.leaf.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = f"{header_segment(CHAIN.presented, alg='HS256')}.{PAYLOAD}"
    return f"{text}.{segment(hmac.digest(key, text.encode(), 'sha256'))}"


def own_root_in_the_real_ones_place() -> str:
    root = issue(changed(root_traits(NOW), name="Demo Root CA - G3"))
    intermediate = issue(intermediate_traits(NOW), root)
    return token((leaf_of(intermediate), intermediate, root))


def own_chain_before_the_real_root() -> str:
    own = STRANGER.chain
    return token((own.leaf, own.intermediate, CHAIN.root))


def own_leaf_before_the_real_chain() -> str:
    return token((STRANGER.chain.leaf, CHAIN.intermediate, CHAIN.root))


def minted_by_a_leaf() -> str:
    """The real leaf is no CA, whatever it signs."""
    return token((leaf_of(CHAIN.leaf), CHAIN.leaf, CHAIN.root))


def minted_by_a_leaf_in_a_longer_chain() -> str:
    return token((leaf_of(CHAIN.leaf), CHAIN.leaf, CHAIN.intermediate))


def renamed_intermediate() -> str:
    """Signed by the intermediate's key, but naming another issuer."""
    named = Issued(
        certificate=issue(changed(root_traits(NOW), name="Somebody")).certificate,
        key=CHAIN.intermediate.key,
    )
    return token((leaf_of(named), CHAIN.intermediate, CHAIN.root))


def unsigned(header: str, signature: bytes) -> str:
    return f"{header}.{PAYLOAD}.{segment(signature)}"


def der_signature() -> str:
    text = f"{SIGNER.header}.{PAYLOAD}"
    return f"{text}.{segment(CHAIN.leaf.key.sign(text.encode(), ec.ECDSA(SHA256())))}"


def with_header(members: object) -> str:
    return unsigned(segment(orjson.dumps(members)), bytes(64))


def with_x5c(*texts: str) -> str:
    return with_header({"alg": "ES256", "x5c": list(texts)})


def respelled(*, header: str = "", payload: str = "", signature: str = "") -> str:
    parts = SIGNER.sign(CLAIMS).split(".")
    added = (header, payload, signature)
    return ".".join(part + more for part, more in zip(parts, added, strict=True))


def tampered_payload() -> str:
    header, _, signature = SIGNER.sign(CLAIMS).split(".")
    return ".".join((header, segment(orjson.dumps({**CLAIMS, "said": "forged"})), signature))


def with_spare_bits() -> str:
    """The last character of 64 bytes in base64url carries four spare bits."""
    genuine = SIGNER.sign(CLAIMS)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return genuine[:-1] + alphabet[alphabet.index(genuine[-1]) + 1]


ROOT = b64encode(CHAIN.root.der).decode()
