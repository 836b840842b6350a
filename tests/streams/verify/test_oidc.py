"""Bearer tokens: only the expected account of the expected issuer, for us, at the time of receipt."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from contextlib import nullcontext as does_not_raise
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from deploy.demo.signers.google import OidcIssuer
from streams.contracts.errors import (
    KeyMissingError,
    MalformedError,
    RejectedError,
    SignatureError,
)
from streams.verify.oidc import Sender, verify_oidc

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ISSUER = OidcIssuer("https://accounts.google.com")
STRANGER = OidcIssuer("https://accounts.google.com")
KEYS = ISSUER.published()
AUDIENCE = "https://hooks.example.com/v1/notifications/play_store/t"
EMAIL = "pusher@tidepool.iam.gserviceaccount.com"
SENDER = Sender(
    issuer="https://accounts.google.com",
    spellings=frozenset({"https://accounts.google.com", "accounts.google.com"}),
    audience=AUDIENCE,
    email=EMAIL,
)


def token(**changes: object) -> str:
    return ISSUER.sign({"alg": "RS256", "kid": ISSUER.newest}, _claims() | changes)


def _segment(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


def _claims() -> dict[str, object]:
    return {
        "iss": ISSUER.name,
        "aud": AUDIENCE,
        "email": EMAIL,
        "email_verified": True,
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 3600,
    }


def _unsigned(header: dict[str, object], signature: bytes = b"") -> str:
    parts = (orjson.dumps(header), orjson.dumps(_claims()), signature)
    return b".".join(map(_segment, parts)).decode()


def _hmac_with_the_public_key() -> str:
    text = _unsigned({"alg": "HS256", "kid": ISSUER.newest}).rpartition(".")[0]
    signature = hmac.digest(KEYS[ISSUER.newest], text.encode(), "sha256")
    return f"{text}.{_segment(signature).decode()}"


def _others_key_by_the_same_id() -> str:
    return STRANGER.sign({"alg": "RS256", "kid": ISSUER.newest}, _claims())


def _tampered() -> str:
    header, _, signature = token(email="thief@evil.example").split(".")
    return f"{header}.{_segment(orjson.dumps(_claims())).decode()}.{signature}"


ATTACKS: dict[str, tuple[Callable[[], str], type[RejectedError], str]] = {
    "no algorithm": (
        lambda: _unsigned({"alg": "none", "kid": ISSUER.newest}),
        SignatureError,
        "algorithm",
    ),
    "HMAC with the public key": (_hmac_with_the_public_key, SignatureError, "algorithm"),
    "another algorithm": (
        lambda: ISSUER.sign({"alg": "PS256", "kid": ISSUER.newest}, _claims()),
        SignatureError,
        "algorithm",
    ),
    "a critical member": (
        lambda: ISSUER.sign({"alg": "RS256", "kid": ISSUER.newest, "crit": []}, _claims()),
        SignatureError,
        "critical",
    ),
    "another key by the same id": (_others_key_by_the_same_id, SignatureError, "did not sign"),
    "claims changed after signing": (_tampered, SignatureError, "did not sign"),
    "no signature": (
        lambda: _unsigned({"alg": "RS256", "kid": ISSUER.newest}),
        SignatureError,
        "did not sign",
    ),
    "another audience": (
        lambda: token(aud="https://evil.example/"),
        SignatureError,
        "audience",
    ),
    "a list of audiences": (lambda: token(aud=[AUDIENCE]), MalformedError, "aud"),
    "another account": (
        lambda: token(email="pusher@other.iam.gserviceaccount.com"),
        SignatureError,
        "account",
    ),
    "no account": (lambda: token(email=""), SignatureError, "account"),
    "an account that nobody verified": (
        lambda: token(email_verified=False),
        SignatureError,
        "account",
    ),
    "verified as a word": (lambda: token(email_verified="true"), MalformedError, "email_verified"),
    "another issuer": (lambda: token(iss="https://evil.example"), SignatureError, "issuer"),
    "a token of yesterday": (
        lambda: token(exp=int(NOW.timestamp()) - 61),
        SignatureError,
        "expired",
    ),
    "a token of tomorrow": (
        lambda: token(iat=int(NOW.timestamp()) + 61),
        SignatureError,
        "after it was received",
    ),
    "no expiry": (lambda: token(exp=None), MalformedError, "exp"),
    "no token": (lambda: "", MalformedError, "segments"),
    "half a token": (lambda: token().rpartition(".")[0], MalformedError, "2 segments"),
    "another spelling": (lambda: token() + "==", MalformedError, "base64url"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_for_its_own_reason(attack: str) -> None:
    make, kind, text = ATTACKS[attack]

    with pytest.raises(kind, match=text):
        verify_oidc(make(), SENDER, KEYS, NOW)


@pytest.mark.parametrize(
    "received_at", [NOW - timedelta(seconds=60), NOW, NOW + timedelta(seconds=3660)]
)
def test_a_genuine_token_is_accepted_through_its_hour_and_a_minute_around(
    received_at: datetime,
) -> None:
    with does_not_raise():
        verify_oidc(token(), SENDER, KEYS, received_at)


@pytest.mark.parametrize(
    "received_at", [NOW - timedelta(seconds=61), NOW + timedelta(seconds=3661)]
)
def test_outside_of_it_the_reason_is_age(received_at: datetime) -> None:
    with pytest.raises(SignatureError) as refused:
        verify_oidc(token(), SENDER, KEYS, received_at)

    assert refused.value.reason == "age"


def test_both_spellings_of_the_issuer_and_any_case_of_the_audience_are_its_own() -> None:
    with does_not_raise():
        verify_oidc(token(iss="accounts.google.com", aud=AUDIENCE.upper()), SENDER, KEYS, NOW)


def test_an_unknown_key_is_missing_and_not_wrong() -> None:
    with pytest.raises(KeyMissingError) as missing:
        verify_oidc(token(), SENDER, {}, NOW)

    assert (missing.value.issuer, missing.value.key_id) == (SENDER.issuer, ISSUER.newest)


def test_a_strangers_token_never_makes_us_ask_for_keys() -> None:
    stranger = STRANGER.token(audience=AUDIENCE, email="someone@else.example", at=NOW)

    with pytest.raises(SignatureError, match="account"):
        verify_oidc(stranger, SENDER, {}, NOW)


def test_two_keys_are_good_while_they_are_rotated() -> None:
    issuer = OidcIssuer(ISSUER.name)
    old = issuer.token(audience=AUDIENCE, email=EMAIL, at=NOW)
    issuer.rotate()
    new = issuer.token(audience=AUDIENCE, email=EMAIL, at=NOW)

    with does_not_raise():
        for each in (old, new):
            verify_oidc(each, SENDER, issuer.published(), NOW)


@pytest.mark.parametrize(
    ("pem", "text"),
    [
        (b"not a key", "can't be read"),
        (
            generate_private_key(SECP256R1())
            .public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "not RSA",
        ),
    ],
)
def test_a_published_key_that_is_none_proves_nothing(pem: bytes, text: str) -> None:
    with pytest.raises(SignatureError, match=text):
        verify_oidc(token(), SENDER, {ISSUER.newest: pem}, NOW)
