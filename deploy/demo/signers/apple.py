"""Signs as the App Store signs: ES256 over a chain of three certificates with Apple's marker OIDs.

The chain has the real one's shape (P-384 root and intermediate, P-256 leaf) and is trusted only by
an app of the demo that names its root's fingerprint. A notification's outer and nested tokens carry
the identical header segment, as Apple's do.
"""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from deploy.demo.signers.certificates import (
    INTERMEDIATE_MARKER,
    LEAF_MARKER,
    Issued,
    Traits,
    issue,
)

_YEAR = timedelta(days=365)
_COORDINATE = 32  # bytes of r and of s
_NESTED = ("signedTransactionInfo", "signedRenewalInfo", "signedAppTransactionInfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppleChain:
    """Root, intermediate and leaf."""

    root: Issued
    intermediate: Issued
    leaf: Issued

    @staticmethod
    def create(now: datetime) -> "AppleChain":
        """A new chain that is valid from a year before `now` to a year after it."""
        root = issue(root_traits(now))
        intermediate = issue(intermediate_traits(now), root)
        leaf = issue(leaf_traits(now), intermediate)
        return AppleChain(root=root, intermediate=intermediate, leaf=leaf)

    @staticmethod
    def kept(folder: Path, now: datetime) -> "AppleChain":
        """The chain that lies in `folder`; made and written there the first time."""
        files = [folder / f"apple-{name}.pem" for name in ("root", "intermediate", "leaf")]
        if not all(file.exists() for file in files):
            chain = AppleChain.create(now)
            folder.mkdir(parents=True, exist_ok=True)
            for file, issued in zip(files, chain.presented[::-1], strict=True):
                file.write_bytes(issued.pem())
            return chain
        root, intermediate, leaf = (Issued.from_pem(file.read_bytes()) for file in files)
        return AppleChain(root=root, intermediate=intermediate, leaf=leaf)

    @property
    def presented(self) -> tuple[Issued, Issued, Issued]:
        """In the order of x5c: leaf, intermediate, root."""
        return (self.leaf, self.intermediate, self.root)

    @property
    def root_fingerprint(self) -> str:
        """For the option `root_fingerprints` of an app of the demo."""
        return self.root.fingerprint


def root_traits(now: datetime) -> Traits:
    return Traits(
        name="Demo Root CA - G3",
        not_before=now - 10 * _YEAR,
        not_after=now + 10 * _YEAR,
        curve=ec.SECP384R1(),
        ca=True,
        usages=("key_cert_sign", "crl_sign"),
    )


def intermediate_traits(now: datetime) -> Traits:
    return Traits(
        name="Demo Developer Relations Certification Authority",
        not_before=now - 5 * _YEAR,
        not_after=now + 5 * _YEAR,
        curve=ec.SECP384R1(),
        ca=True,
        path_length=0,
        usages=("key_cert_sign", "crl_sign"),
        marker=INTERMEDIATE_MARKER,
    )


def leaf_traits(now: datetime) -> Traits:
    return Traits(
        name="Demo Receipt Signing",
        not_before=now - _YEAR,
        not_after=now + _YEAR,
        curve=ec.SECP256R1(),
        ca=False,
        marker=LEAF_MARKER,
    )


class AppleSigner:
    """Signs claims with a chain's leaf."""

    def __init__(self, chain: AppleChain) -> None:
        self.chain = chain
        self.header = header_segment(chain.presented)

    def sign(self, claims: Mapping[str, Any]) -> str:
        """One compact JWS."""
        return self.sign_segments(self.header, segment(orjson.dumps(claims)))

    def sign_segments(self, header: str, payload: str) -> str:
        """A JWS over two ready segments, whatever they hold."""
        text = f"{header}.{payload}"
        return f"{text}.{segment(raw_signature(self.chain.leaf.key, text.encode()))}"

    def body(self, notification: Mapping[str, Any]) -> bytes:
        """What the App Store posts: `notification` signed, the claims nested in it signed first."""
        return orjson.dumps({"signedPayload": self.sign(self.with_nested(notification))})

    def with_nested(self, notification: Mapping[str, Any]) -> dict[str, Any]:
        """`notification` with its nested claims (dicts) replaced by their JWS."""
        signed = dict(notification)
        for member in ("data", "appData"):
            if isinstance(signed.get(member), Mapping):
                signed[member] = {
                    name: self._nested(name, value) for name, value in signed[member].items()
                }
        return signed

    def _nested(self, name: str, value: object) -> object:
        return self.sign(value) if name in _NESTED and isinstance(value, Mapping) else value


def header_segment(presented: Sequence[Issued], **changes: object) -> str:
    """The header with these certificates as x5c; `changes` replace or add members."""
    x5c = [b64encode(issued.der).decode() for issued in presented]
    return segment(orjson.dumps({"alg": "ES256", "x5c": x5c, **changes}))


def segment(raw: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw_signature(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """ES256: r and s, 32 bytes each."""
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(SHA256())))
    return r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big")
