"""Key sets: what is usable gets through, and a broken set is refused as a whole."""

from datetime import timedelta

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.signers.google import OidcIssuer
from streams.contracts.errors import MalformedError
from streams.lookup.key_set import LONGEST, SHORTEST, lifetime, read_keys

ISSUER = OidcIssuer("https://accounts.google.com")
GOOD = ISSUER.key_set()["keys"][0]
WEAK = OidcIssuer("x", generate_private_key(65537, 1024)).key_set()["keys"][0]


def key_set(*keys: object) -> bytes:
    return orjson.dumps({"keys": list(keys)})


def test_a_key_is_read_as_the_pem_that_verification_takes() -> None:
    expected = {key_id: pem.decode() for key_id, pem in ISSUER.published().items()}

    assert read_keys(key_set(GOOD)) == expected


def test_several_keys_are_good_at_once() -> None:
    other = OidcIssuer("x").key_set()["keys"][0]

    assert set(read_keys(key_set(GOOD, other))) == {GOOD["kid"], other["kid"]}


@pytest.mark.parametrize(
    "strange",
    [
        WEAK,
        {**GOOD, "kid": "a", "kty": "EC"},
        {**GOOD, "kid": "b", "use": "enc"},
        {**GOOD, "kid": ""},
        {**GOOD, "kid": "c", "e": "Aw"},
        {**GOOD, "kid": "d", "n": "AQAB"},
        {**GOOD, "kid": "e", "n": "?"},
        {**GOOD, "kid": "f", "n": "A" * 9000},
        {"kty": "OKP"},
    ],
    ids=["weak", "curve", "use", "nameless", "exponent", "short", "letters", "endless", "other"],
)
def test_a_strange_key_is_passed_over_and_a_set_of_nothing_else_is_refused(
    strange: dict[str, object],
) -> None:
    assert set(read_keys(key_set(strange, GOOD))) == {GOOD["kid"]}
    with pytest.raises(MalformedError):
        read_keys(key_set(strange))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        key_set(),
        key_set("key"),
        key_set(*[GOOD] * 33),
        key_set(GOOD, {**GOOD, "n": OidcIssuer("x").key_set()["keys"][0]["n"]}),
    ],
    ids=["nothing", "a page", "a list", "no keys", "none", "a word", "too many", "one id twice"],
)
def test_a_broken_set_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedError):
        read_keys(body)


@given(body=st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(body: bytes) -> None:
    with pytest.raises(MalformedError):
        read_keys(body)


@pytest.mark.parametrize(
    ("cache_control", "age", "kept"),
    [
        ("public, max-age=21600, must-revalidate", "", timedelta(hours=6)),
        ("public, max-age=21600", "3600", timedelta(hours=5)),
        ("MAX-AGE=7200", "", timedelta(hours=2)),
        ("s-maxage=9, max-age=7200", "", timedelta(hours=2)),
        ("max-age=0", "", SHORTEST),
        ("max-age=600", "599", SHORTEST),
        ("max-age=999999999", "", LONGEST),
        ("no-store", "", timedelta(hours=1)),
        ("", "", timedelta(hours=1)),
        ("max-age=7200", "soon", timedelta(hours=2)),
    ],
)
def test_an_answer_lives_as_it_says_within_bounds(
    cache_control: str, age: str, kept: timedelta
) -> None:
    assert lifetime(cache_control, age) == kept
