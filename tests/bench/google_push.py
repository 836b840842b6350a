"""A Pub/Sub push as Google posts it, and Google's own library for the token that comes with it.

The library fetches the published certificates for every token; here it is given them from memory, which
is the best that a cache in front of it could do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from google.oauth2 import id_token

from deploy.demo.payloads import play_store
from deploy.demo.signers.google import OidcIssuer

ISSUER = "https://accounts.google.com"
AUDIENCE = "https://example.com/v1/notifications/play_store"
ACCOUNT = "push@example.iam.gserviceaccount.com"
SUBSCRIPTION = "projects/example/subscriptions/notes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    body: bytes
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """Google's answer, as the library wants one of its transport."""

    data: bytes
    status: int = 200


def push(issuer: OidcIssuer, package_name: str, now: datetime) -> Push:
    told = play_store.developer_notification(
        package_name, now, play_store.subscription(2, "kjhgfd" * 24)
    )
    body = play_store.push_body(
        told, message_id="13577899876521341", subscription=SUBSCRIPTION, published_at=now
    )
    return Push(body=body, token=issuer.token(audience=AUDIENCE, email=ACCOUNT, at=now))


def library(issuer: OidcIssuer, token: str, now: datetime) -> Callable[[], object]:
    """`verify_oauth2_token`, and the comparison with the account that Google asks for."""
    answer = Certificates(data=orjson.dumps({issuer.newest: _certificate(issuer, now)}))

    def call() -> None:
        claims = id_token.verify_oauth2_token(token, lambda *_, **__: answer, AUDIENCE)
        assert claims["email"] == ACCOUNT
        assert claims["email_verified"]

    return call


def _certificate(issuer: OidcIssuer, now: datetime) -> str:
    """PEM."""
    key = issuer.key(issuer.newest)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "federated-signon.example")])
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=1),
        not_valid_after=now + timedelta(days=15),
    )
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()
