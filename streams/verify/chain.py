"""A chain of exactly three certificates, presented by a message, checked against pinned roots.

The root is trusted by the SHA-256 of the certificate itself, never because it was presented. Each
certificate may do what it does here and no more: a CA signs certificates, the leaf signs messages,
and both marker extensions must be there, since the same root certifies other people's keys too.
Cheap checks come before the two signatures.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.x509.oid import ExtensionOID

from streams.contracts.errors import SignatureError

_LENGTH = 3
_MAX_CHARACTERS = 8 * 1024  # of one certificate in base64; Apple's have about 1,400
_UNREADABLE = (
    ValueError,  # includes a bad encoding
    TypeError,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    UnsupportedAlgorithm,
)
_UNDERSTOOD = frozenset({ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainPolicy:
    """`roots`: SHA-256 of trusted root certificates, lower-case hex. Markers: extension OIDs that
    must be present on the leaf and on the intermediate."""

    roots: frozenset[str]
    leaf_marker: str
    intermediate_marker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A chain that was found good: the leaf's key, and when all three certificates are valid."""

    key: EllipticCurvePublicKey
    not_before: datetime
    not_after: datetime


def check_chain(x5c: Sequence[str], policy: ChainPolicy) -> Chain:
    """`x5c`: leaf, intermediate, root in standard base64. Raise SignatureError, saying why."""
    leaf, intermediate, root = _certificates(x5c, policy)
    key = leaf.public_key()
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise SignatureError("chain: the leaf's key is not on P-256")
    _check_leaf(leaf, policy)
    _check_intermediate(intermediate, policy)
    _check_authority(root, "root")
    _check_issued(leaf, intermediate, "leaf")
    _check_issued(intermediate, root, "intermediate")
    return Chain(
        key=key,
        not_before=max(one.not_valid_before_utc for one in (leaf, intermediate, root)),
        not_after=min(one.not_valid_after_utc for one in (leaf, intermediate, root)),
    )


def _certificates(x5c: Sequence[str], policy: ChainPolicy) -> list[x509.Certificate]:
    if len(x5c) != _LENGTH:
        raise SignatureError(f"chain: {len(x5c)} certificates, not {_LENGTH}")
    encoded = [_der(text) for text in x5c]
    fingerprint = sha256(encoded[-1]).hexdigest()
    if fingerprint not in policy.roots:
        raise SignatureError(f"chain: its root {fingerprint[:16]}... is not a trusted one")
    try:
        certificates = [x509.load_der_x509_certificate(der) for der in encoded]
        for certificate in certificates:
            _check_critical(certificate.extensions)
            certificate.public_key()
    except _UNREADABLE as error:
        raise SignatureError(f"chain: a certificate that can't be read: {error}") from error
    return certificates


def _der(text: str) -> bytes:
    if len(text) > _MAX_CHARACTERS:
        raise SignatureError(f"chain: a certificate of {len(text)} characters")
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise SignatureError(f"chain: not base64: {error}") from error


def _check_critical(extensions: x509.Extensions) -> None:
    """A critical extension that is not understood forbids to rely on the certificate (RFC 5280)."""
    for extension in extensions:
        if extension.critical and extension.oid not in _UNDERSTOOD:
            oid = extension.oid.dotted_string
            raise SignatureError(f"chain: critical extension {oid} is not understood")


def _check_leaf(leaf: x509.Certificate, policy: ChainPolicy) -> None:
    _check_marker(leaf, policy.leaf_marker, "leaf")
    constraints = _basic_constraints(leaf)
    if constraints is not None and constraints.ca:
        raise SignatureError("chain: the leaf is a CA")
    usage = _key_usage(leaf)
    if usage is None or not usage.digital_signature:
        raise SignatureError("chain: the leaf may not sign (keyUsage)")


def _check_intermediate(intermediate: x509.Certificate, policy: ChainPolicy) -> None:
    _check_marker(intermediate, policy.intermediate_marker, "intermediate")
    _check_authority(intermediate, "intermediate")


def _check_authority(certificate: x509.Certificate, place: str) -> None:
    constraints = _basic_constraints(certificate)
    if constraints is None or not constraints.ca:
        raise SignatureError(f"chain: the {place} is not a CA")
    usage = _key_usage(certificate)
    if usage is None or not usage.key_cert_sign:
        raise SignatureError(f"chain: the {place} may not sign certificates (keyUsage)")


def _check_marker(certificate: x509.Certificate, oid: str, place: str) -> None:
    if not any(extension.oid.dotted_string == oid for extension in certificate.extensions):
        raise SignatureError(f"chain: the {place} lacks the marker {oid}")


def _basic_constraints(certificate: x509.Certificate) -> x509.BasicConstraints | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return None


def _key_usage(certificate: x509.Certificate) -> x509.KeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None


def _check_issued(certificate: x509.Certificate, issuer: x509.Certificate, place: str) -> None:
    """Names linked, and signed by the issuer's key."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *_UNREADABLE) as error:
        raise SignatureError(f"chain: the {place} was not issued by the next one") from error
