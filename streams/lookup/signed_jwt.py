"""A signed JWT, as Google's and Apple's APIs want one of who asks: RS256 or ES256 by the key's kind.

`cryptography` is here already and this is all that is needed of it; google-auth would bring a second
HTTP client with it, and signs the same thirty lines.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from streams.contracts.codec import write_json
from streams.contracts.errors import ConfigError
from streams.settings.secret import Secret

SigningKey = RSAPrivateKey | EllipticCurvePrivateKey
_P256_BYTES = 32


def rsa_key(pem: Secret, path: str) -> RSAPrivateKey:
    """Raise ConfigError, naming `path`, when it is no private key of RSA, as Google's accounts have."""
    key = _private_key(pem, path)
    if isinstance(key, RSAPrivateKey):
        return key
    raise ConfigError(f"{path}: a key of another kind than RSA: give Google's file as it is")


def p256_key(pem: Secret, path: str) -> EllipticCurvePrivateKey:
    """Raise ConfigError, naming `path`, when it is no private key of P-256, as Apple's keys are."""
    key = _private_key(pem, path)
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return key
    raise ConfigError(f"{path}: a key of another kind than P-256: give Apple's .p8 file as it is")


def _private_key(pem: Secret, path: str) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(pem.reveal().encode(), password=None)
    except (ValueError, TypeError) as error:
        raise ConfigError(
            f"{path}: no private key in PEM: give the store's file as it is"
        ) from error


def signed(key: SigningKey, header: Mapping[str, str], claims: Mapping[str, object]) -> str:
    """The compact form."""
    algorithm = "RS256" if isinstance(key, RSAPrivateKey) else "ES256"
    head = _segment(write_json({"typ": "JWT", **header, "alg": algorithm}))
    message = f"{head}.{_segment(write_json(dict(claims)))}"
    return f"{message}.{_segment(_signature(key, message.encode()))}"


def _signature(key: SigningKey, message: bytes) -> bytes:
    if isinstance(key, RSAPrivateKey):
        return key.sign(message, PKCS1v15(), SHA256())
    r, s = decode_dss_signature(key.sign(message, ECDSA(SHA256())))
    return r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")


def _segment(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
