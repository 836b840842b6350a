"""Tokens that carry their chain: every other spelling, algorithm, key or payload is refused."""

from collections.abc import Callable

import pytest

from deploy.demo.signers.apple import header_segment, segment
from streams.contracts.errors import MalformedError, RejectedError, SignatureError
from streams.verify import jws
from streams.verify.chain import ChainPolicy
from tests.streams.verify.forging import (
    AT,
    CHAIN,
    CLAIMS,
    POLICY,
    SIGNER,
    STRANGER,
    Claims,
    der_signature,
    hmac_with_the_public_key,
    respelled,
    tampered_payload,
    token,
    unsigned,
    verify,
    with_header,
    with_spare_bits,
    with_x5c,
)

ATTACKS: dict[str, tuple[Callable[[], str], type[RejectedError], str]] = {
    "no algorithm": (lambda: token(CHAIN.presented, alg="none"), SignatureError, "algorithm"),
    "no algorithm and no signature": (
        lambda: unsigned(header_segment(CHAIN.presented, alg="none"), b""),
        SignatureError,
        "0 bytes",
    ),
    "HMAC with the public key": (hmac_with_the_public_key, SignatureError, "32 bytes"),
    "HS256 in the header": (
        lambda: token(CHAIN.presented, alg="HS256"),
        SignatureError,
        "algorithm",
    ),
    "another curve's algorithm": (
        lambda: token(CHAIN.presented, alg="ES384"),
        SignatureError,
        "algorithm",
    ),
    "algorithm in other letters": (
        lambda: token(CHAIN.presented, alg="es256"),
        SignatureError,
        "algorithm",
    ),
    "a critical member": (
        lambda: token(CHAIN.presented, crit=["exp"]),
        SignatureError,
        "critical",
    ),
    "a key in the header": (
        lambda: token(CHAIN.presented, STRANGER.chain.leaf, jwk={"kty": "EC"}),
        SignatureError,
        "did not sign",
    ),
    "an address of a key": (
        lambda: token(CHAIN.presented, STRANGER.chain.leaf, jku="https://evil.example/keys"),
        SignatureError,
        "did not sign",
    ),
    "a huge header": (lambda: with_x5c("A" * 40_000), MalformedError, "header of"),
    "a header that is no object": (
        lambda: with_header([]),
        MalformedError,
        "header: expected an object",
    ),
    "a header that is no JSON": (
        lambda: unsigned(segment(b"{"), bytes(64)),
        MalformedError,
        "header: not JSON: it ends too early",
    ),
    "a signature in DER": (der_signature, SignatureError, "not 64"),
    "a signature of 63 bytes": (
        lambda: unsigned(SIGNER.header, bytes(63)),
        SignatureError,
        "63 bytes",
    ),
    "r and s of zero": (lambda: unsigned(SIGNER.header, bytes(64)), SignatureError, "did not sign"),
    "a changed payload": (tampered_payload, SignatureError, "did not sign"),
    "padding after the header": (
        lambda: respelled(header="===="),
        MalformedError,
        "base64url",
    ),
    "padding after the payload": (
        lambda: respelled(payload="="),
        SignatureError,
        "did not sign",
    ),
    "padding after the signature": (
        lambda: respelled(signature="=="),
        MalformedError,
        "base64url",
    ),
    "a line break after it": (lambda: respelled(signature="\n"), MalformedError, "base64url"),
    "spare bits in the signature": (with_spare_bits, MalformedError, "spare bits"),
    "two segments": (
        lambda: SIGNER.sign(CLAIMS).rpartition(".")[0],
        MalformedError,
        "2 segments",
    ),
    "four segments": (lambda: SIGNER.sign(CLAIMS) + ".QQ", MalformedError, "4 segments"),
    "x5c of numbers": (
        lambda: with_header({"alg": "ES256", "x5c": [1, 2, 3]}),
        MalformedError,
        "x5c",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_for_its_own_reason(attack: str) -> None:
    make, kind, text = ATTACKS[attack]

    with pytest.raises(kind, match=text):
        verify(make())


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_after_a_genuine_token_was_seen_too(attack: str) -> None:
    make, kind, _ = ATTACKS[attack]
    verify(SIGNER.sign(CLAIMS))

    with pytest.raises(kind):
        verify(make())


def test_a_genuine_token_gives_its_claims() -> None:
    assert verify(SIGNER.sign(CLAIMS)) == Claims(at=AT, said="genuine")


def test_a_good_chain_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    verify(SIGNER.sign(CLAIMS))
    monkeypatch.setattr(jws, "_judge", _never)

    assert verify(SIGNER.sign({**CLAIMS, "said": "again"})).said == "again"


def _never(header: bytes, policy: ChainPolicy) -> None:
    pytest.fail("judged again")


def test_a_chain_that_one_policy_trusts_is_not_trusted_by_another() -> None:
    verify(SIGNER.sign(CLAIMS))
    other = ChainPolicy(
        roots=frozenset({STRANGER.chain.root_fingerprint}),
        leaf_marker=POLICY.leaf_marker,
        intermediate_marker=POLICY.intermediate_marker,
    )

    with pytest.raises(SignatureError, match="not a trusted one"):
        verify(SIGNER.sign(CLAIMS), other)


@pytest.fixture
def verdicts(monkeypatch: pytest.MonkeyPatch) -> jws._Verdicts:
    """None kept yet."""
    fresh = jws._Verdicts()
    monkeypatch.setattr(jws, "_verdicts", fresh)
    return fresh


def test_a_refused_chain_is_not_kept_and_the_kept_ones_are_bounded(verdicts: jws._Verdicts) -> None:
    with pytest.raises(SignatureError):
        verify(STRANGER.sign(CLAIMS))

    for n in range(jws._KEPT + 9):
        verify(token(CHAIN.presented, n=n))

    assert len(verdicts._chains) == jws._KEPT


def test_headers_around_a_good_chain_that_nobody_signed_push_out_none(
    verdicts: jws._Verdicts,
) -> None:
    verify(SIGNER.sign(CLAIMS))
    kept = dict(verdicts._chains)

    for n in range(jws._KEPT):
        with pytest.raises(SignatureError, match="did not sign"):
            verify(unsigned(header_segment(CHAIN.presented, n=n), b"\x01" * 64))

    assert verdicts._chains == kept


def test_claims_of_another_shape_are_malformed_though_genuine() -> None:
    with pytest.raises(MalformedError, match="at"):
        verify(SIGNER.sign({"at": "noon"}))
