"""Throw-away X.509 certificates: a chain of the shape that Apple signs with, or one with a flaw.

Every trait of a certificate is an argument, so that a test can make the chain that a forger would.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

LEAF_MARKER = "1.2.840.113635.100.6.11.1"
INTERMEDIATE_MARKER = "1.2.840.113635.100.6.2.1"
_ASN1_NULL = b"\x05\x00"
_KEY_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
    *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in hex."""
        return sha256(self.der).hexdigest()

    def pem(self) -> bytes:
        """The certificate and, unencrypted, its key."""
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return self.certificate.public_bytes(Encoding.PEM) + key

    @staticmethod
    def from_pem(pem: bytes) -> "Issued":
        """What `pem()` gave."""
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("not an elliptic curve key")
        return Issued(certificate=x509.load_pem_x509_certificate(pem), key=key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a certificate says. `ca` None: no basicConstraints; `usages` None: no keyUsage.
    `critical`: the OID of one more extension, which is marked critical."""

    name: str
    not_before: datetime
    not_after: datetime
    curve: ec.EllipticCurve
    ca: bool | None = False
    path_length: int | None = None
    usages: tuple[str, ...] | None = ("digital_signature",)
    marker: str | None = None
    critical: str | None = None


def issue(traits: Traits, issuer: Issued | None = None) -> Issued:
    """A certificate by `issuer`, or one that signs itself."""
    key = ec.generate_private_key(traits.curve)
    signer = issuer.key if issuer else key
    builder = x509.CertificateBuilder(
        subject_name=_name(traits.name),
        issuer_name=issuer.certificate.subject if issuer else _name(traits.name),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=traits.not_before,
        not_valid_after=traits.not_after,
    )
    builder = _with_key_ids(_extended(builder, traits), key, signer)
    certificate = builder.sign(signer, _digest(signer.curve))
    return Issued(certificate=certificate, key=key)


def _with_key_ids(
    builder: x509.CertificateBuilder,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
) -> x509.CertificateBuilder:
    """As in Apple's chain; OpenSSL's strict mode refuses a certificate without them."""
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    issuers = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return builder.add_extension(own, critical=False).add_extension(issuers, critical=False)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _digest(curve: ec.EllipticCurve) -> SHA256 | SHA384:
    """The hash that goes with the signer's curve, as in Apple's chain."""
    return SHA384() if isinstance(curve, ec.SECP384R1) else SHA256()


def _extended(builder: x509.CertificateBuilder, traits: Traits) -> x509.CertificateBuilder:
    if traits.ca is not None:
        basic = x509.BasicConstraints(ca=traits.ca, path_length=traits.path_length)
        builder = builder.add_extension(basic, critical=True)
    if traits.usages is not None:
        usage = x509.KeyUsage(**{name: name in traits.usages for name in _KEY_USAGES})
        builder = builder.add_extension(usage, critical=True)
    for oid, critical in ((traits.marker, False), (traits.critical, True)):
        if oid is not None:
            extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), _ASN1_NULL)
            builder = builder.add_extension(extension, critical=critical)
    return builder
