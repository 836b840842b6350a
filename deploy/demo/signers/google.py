"""Signs as Google signs a Pub/Sub push: an OIDC token by RS256, its public keys served over HTTP."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from deploy.demo.serving import listening

KEYS_PATH = "/oauth2/v3/certs"
_KEY_BITS = 2048
_LIFETIME = timedelta(hours=1)
_MAX_AGE = 3600


class OidcIssuer:
    """One issuer with one key, or several after `rotate`. `name` is the claim `iss`."""

    def __init__(self, name: str, *keys: rsa.RSAPrivateKey) -> None:
        self.name = name
        self._keys = {_key_id(key): key for key in keys or (_new_key(),)}
        self.newest = next(reversed(self._keys))

    @staticmethod
    def kept(folder: Path, name: str) -> "OidcIssuer":
        """The issuer whose key lies in `folder`; made and written there the first time."""
        file = folder / "google-issuer.pem"
        if file.exists():
            key = load_pem_private_key(file.read_bytes(), password=None)
            if not isinstance(key, rsa.RSAPrivateKey):
                raise TypeError(f"{file} is not an RSA key")
            return OidcIssuer(name, key)
        issuer = OidcIssuer(name)
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_pem(issuer.key(issuer.newest)))
        return issuer

    def key(self, key_id: str) -> rsa.RSAPrivateKey:
        return self._keys[key_id]

    def rotate(self) -> str:
        """A new key beside the old ones; later tokens are signed with it. Its id."""
        key = _new_key()
        self.newest = _key_id(key)
        self._keys[self.newest] = key
        return self.newest

    def token(self, *, audience: str, email: str, at: datetime, **changes: object) -> str:
        """A bearer token as Pub/Sub sends it; `changes` replace or add claims."""
        claims: dict[str, object] = {
            "aud": audience,
            "azp": "104029292853099978293",
            "email": email,
            "email_verified": True,
            "exp": int((at + _LIFETIME).timestamp()),
            "iat": int(at.timestamp()),
            "iss": self.name,
            "sub": "104029292853099978293",
        }
        return self.sign({"alg": "RS256", "kid": self.newest, "typ": "JWT"}, claims | changes)

    def sign(self, header: Mapping[str, object], claims: Mapping[str, object]) -> str:
        """A JWT over any header and claims, signed with the key that the header names."""
        key = self._keys.get(str(header.get("kid")), self._keys[self.newest])
        text = b".".join(_segment(orjson.dumps(part)) for part in (header, claims))
        signature = key.sign(text, padding.PKCS1v15(), SHA256())
        return b".".join((text, _segment(signature))).decode()

    def published(self) -> dict[str, bytes]:
        """The public keys by id, SPKI PEM."""
        return {
            key_id: key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            for key_id, key in self._keys.items()
        }

    def key_set(self) -> dict[str, Any]:
        """The public keys as a JSON Web Key Set."""
        return {"keys": [_web_key(key_id, key) for key_id, key in self._keys.items()]}


def add_keys(application: web.Application, issuer: OidcIssuer) -> None:
    """The route of its key set."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(
            body=orjson.dumps(issuer.key_set()),
            content_type="application/json",
            headers={"Cache-Control": f"public, max-age={_MAX_AGE}, must-revalidate"},
        )

    application.router.add_get(KEYS_PATH, answer)


@asynccontextmanager
async def serve_keys(issuer: OidcIssuer, host: str, port: int) -> AsyncIterator[str]:
    """Serve the key set on `host:port` (port 0: any free one); gives the server's base URL."""
    application = web.Application()
    add_keys(application, issuer)
    async with listening(application, host, port) as address:
        yield address


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)


def _key_id(key: rsa.RSAPrivateKey) -> str:
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return sha256(public).hexdigest()[:40]


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _web_key(key_id: str, key: rsa.RSAPrivateKey) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    return {
        "alg": "RS256",
        "e": _number(numbers.e),
        "kid": key_id,
        "kty": "RSA",
        "n": _number(numbers.n),
        "use": "sig",
    }


def _number(value: int) -> str:
    return _segment(value.to_bytes((value.bit_length() + 7) // 8, "big")).decode()


def _segment(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


def decoded(segment: str) -> bytes:
    """A segment of a JWT."""
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
