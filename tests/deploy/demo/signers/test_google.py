"""What the demo's issuer signs and publishes is what a JWT library accepts."""

from datetime import UTC, datetime
from pathlib import Path

import jwt
import pytest
from aiohttp import ClientSession

from deploy.demo.signers.google import KEYS_PATH, OidcIssuer, serve_keys

NOW = datetime.fromtimestamp(1_795_000_000, UTC)
ISSUER = OidcIssuer("https://accounts.google.com")


def claims(token: str, key: jwt.PyJWK) -> dict[str, object]:
    decoded: dict[str, object] = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience="https://hooks.example.com/x",
        issuer=ISSUER.name,
        options={"verify_exp": False, "verify_iat": False},
    )
    return decoded


def token(issuer: OidcIssuer = ISSUER) -> str:
    return issuer.token(audience="https://hooks.example.com/x", email="a@b.example", at=NOW)


async def test_a_jwt_library_accepts_a_token_with_the_served_keys() -> None:
    async with serve_keys(ISSUER, "127.0.0.1", 0) as url, ClientSession() as session:
        answer = await session.get(f"{url}{KEYS_PATH}")
        keys = jwt.PyJWKSet.from_dict(await answer.json())

    key = keys[jwt.get_unverified_header(token())["kid"]]

    assert claims(token(), key)["email"] == "a@b.example"
    assert "max-age=" in answer.headers["Cache-Control"]


def test_the_published_pem_and_the_key_set_are_the_same_keys() -> None:
    assert set(ISSUER.published()) == {key["kid"] for key in ISSUER.key_set()["keys"]}


def test_a_stranger_of_the_same_name_is_refused() -> None:
    (key,) = jwt.PyJWKSet.from_dict(ISSUER.key_set()).keys

    with pytest.raises(jwt.InvalidSignatureError):
        claims(token(OidcIssuer(ISSUER.name)), key)


def test_a_rotated_issuer_signs_with_the_newest_and_still_publishes_the_old() -> None:
    issuer = OidcIssuer(ISSUER.name)
    old = issuer.newest

    new = issuer.rotate()

    assert jwt.get_unverified_header(token(issuer))["kid"] == new
    assert set(issuer.published()) == {old, new}


def test_an_issuer_is_made_once_and_kept(tmp_path: Path) -> None:
    made = OidcIssuer.kept(tmp_path / "keys", "https://issuer.example")
    kept = OidcIssuer.kept(tmp_path / "keys", "https://issuer.example")

    assert kept.published() == made.published()
