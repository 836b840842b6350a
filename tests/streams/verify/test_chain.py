"""Chains: what a forger presents is refused, each for its own reason."""

from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from streams.contracts.errors import SignatureError
from tests.streams.verify.forging import (
    CHAIN,
    CLAIMS,
    NOW,
    POLICY,
    ROOT,
    SIGNER,
    STRANGER,
    leaf_of,
    minted_by_a_leaf,
    minted_by_a_leaf_in_a_longer_chain,
    own_chain_before_the_real_root,
    own_leaf_before_the_real_chain,
    own_root_in_the_real_ones_place,
    renamed_intermediate,
    token,
    verify,
    with_header,
    with_intermediate,
    with_leaf,
    with_x5c,
)

ATTACKS: dict[str, tuple[Callable[[], str], str]] = {
    "another chain": (lambda: STRANGER.sign(CLAIMS), "not a trusted one"),
    "a root of the same name": (
        own_root_in_the_real_ones_place,
        "not a trusted one",
    ),
    "an own chain before the real root": (
        own_chain_before_the_real_root,
        "the intermediate was not issued",
    ),
    "an own leaf before the real chain": (
        own_leaf_before_the_real_chain,
        "the leaf was not issued",
    ),
    "a leaf minted by a leaf": (minted_by_a_leaf, "lacks the marker"),
    "a leaf minted by a leaf, root left out": (
        minted_by_a_leaf_in_a_longer_chain,
        "not a trusted one",
    ),
    "an issuer by another name": (
        renamed_intermediate,
        "the leaf was not issued",
    ),
    "a leaf of another programme": (
        lambda: with_leaf(marker=None),
        "the leaf lacks the marker",
    ),
    "a leaf with the intermediate's marker": (
        lambda: with_leaf(marker=POLICY.intermediate_marker),
        "the leaf lacks the marker",
    ),
    "an intermediate of another programme": (
        lambda: with_intermediate(marker=None),
        "the intermediate lacks the marker",
    ),
    "a leaf with a rule that nobody here knows": (
        lambda: with_leaf(critical="1.2.3.4"),
        "critical extension 1.2.3.4",
    ),
    "a leaf that is a CA": (lambda: with_leaf(ca=True), "the leaf is a CA"),
    "a leaf that may not sign": (
        lambda: with_leaf(usages=("key_encipherment",)),
        "the leaf may not sign",
    ),
    "a leaf that says nothing of its use": (
        lambda: with_leaf(usages=None),
        "the leaf may not sign",
    ),
    "a leaf on another curve": (
        lambda: token(
            (leaf_of(CHAIN.intermediate, curve=ec.SECP384R1()), CHAIN.intermediate, CHAIN.root),
            CHAIN.leaf,
        ),
        "P-256",
    ),
    "an intermediate that is no CA": (
        lambda: with_intermediate(ca=False, path_length=None),
        "the intermediate is not a CA",
    ),
    "an intermediate that says nothing of it": (
        lambda: with_intermediate(ca=None, path_length=None),
        "the intermediate is not a CA",
    ),
    "an intermediate that may not sign certificates": (
        lambda: with_intermediate(usages=("crl_sign",)),
        "may not sign certificates",
    ),
    "a leaf that was expired then": (
        lambda: with_leaf(
            not_before=NOW - 9 * timedelta(days=1), not_after=NOW - timedelta(days=1)
        ),
        "not valid at the token's own time",
    ),
    "a leaf that was not valid yet": (
        lambda: with_leaf(not_before=NOW + timedelta(days=1)),
        "not valid at the token's own time",
    ),
    "an intermediate that was expired then": (
        lambda: with_intermediate(
            not_before=NOW - 9 * timedelta(days=1), not_after=NOW - timedelta(days=1)
        ),
        "not valid at the token's own time",
    ),
    "two certificates": (
        lambda: token(CHAIN.presented[:2]),
        "2 certificates",
    ),
    "four certificates": (
        lambda: token((*CHAIN.presented, CHAIN.root)),
        "4 certificates",
    ),
    "another order": (
        lambda: token((CHAIN.intermediate, CHAIN.leaf, CHAIN.root), CHAIN.leaf),
        "P-256",
    ),
    "no certificate": (with_x5c, "0 certificates"),
    "no x5c": (lambda: with_header({"alg": "ES256"}), "0 certificates"),
    "no base64": (lambda: with_x5c("?", "?", ROOT), "not base64"),
    "base64 with a line break": (
        lambda: with_x5c("QUJD", "QUJD", ROOT + "\n"),
        "not base64",
    ),
    "no certificates at all": (
        lambda: with_x5c("QUJD", "QUJD", ROOT),
        "can't be read",
    ),
    "a certificate of a version that there is not": (
        lambda: with_x5c(of_version(18), "QUJD", ROOT),
        "18 is not a valid X509 version",
    ),
    "a huge certificate": (
        lambda: with_x5c("A" * 9000, "QUJD", ROOT),
        "9000 characters",
    ),
}


def of_version(number: int) -> str:
    """A real certificate, but for the number of its version."""
    der = CHAIN.leaf.certificate.public_bytes(Encoding.DER)
    third = b"\xa0\x03\x02\x01\x02"  # [0] INTEGER 2
    assert third in der
    return b64encode(der.replace(third, third[:-1] + bytes([number]), 1)).decode()


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_for_its_own_reason(attack: str) -> None:
    make, text = ATTACKS[attack]

    with pytest.raises(SignatureError, match=text):
        verify(make())


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_after_a_genuine_token_was_seen_too(attack: str) -> None:
    verify(SIGNER.sign(CLAIMS))

    with pytest.raises(SignatureError):
        verify(ATTACKS[attack][0]())


def test_a_leaf_without_basic_constraints_is_accepted_as_it_is_no_ca() -> None:
    assert verify(with_leaf(ca=None)).said == "genuine"


def test_the_next_leaf_of_the_same_root_is_accepted() -> None:
    assert verify(with_leaf()).said == "genuine"
