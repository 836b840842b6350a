"""Signed headers: the body's very bytes, one of our secrets, five minutes on both sides."""

from collections.abc import Callable
from contextlib import nullcontext as does_not_raise
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from stripe import WebhookSignature

from deploy.demo.signers.stripe import signature, signature_header
from streams.contracts.errors import MalformedError, RejectedError, SignatureError
from streams.verify.signed_header import verify_signed_header

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
T = int(NOW.timestamp())
SECRET = "whsec_tidepool_0123456789"
BODY = b'{\n  "id": "evt_1",\n  "object": "event"\n}'
GOOD = signature_header(BODY, [SECRET], NOW)
V1 = signature(BODY, SECRET, T)


class Attack(NamedTuple):
    header: str
    body: bytes = BODY
    kind: type[RejectedError] = SignatureError
    text: str = "none of the signing secrets"


ATTACKS = {
    "another secret": Attack(signature_header(BODY, ["whsec_other_0123456789"], NOW)),
    "an empty secret": Attack(signature_header(BODY, [""], NOW)),
    "a changed body": Attack(GOOD, body=BODY.replace(b"evt_1", b"evt_2")),
    "a body encoded again": Attack(GOOD, body=b'{"id":"evt_1","object":"event"}'),
    "a line break after the body": Attack(GOOD, body=BODY + b"\n"),
    "an empty body": Attack(GOOD, body=b""),
    "another time than was signed": Attack(f"t={T + 1},v1={V1}"),
    "the test scheme only": Attack(f"t={T},v0={V1}", text="without a v1"),
    "a signature in capitals": Attack(f"t={T},v1={V1.upper()}", text="without a v1"),
    "half a signature": Attack(f"t={T},v1={V1[:32]}", text="without a v1"),
    "a signature beyond ASCII": Attack(f"t={T},v1={'ä' * 64}", text="without a v1"),
    "no signature": Attack(f"t={T}", text="without a v1"),
    "no time": Attack(f"v1={V1}", kind=MalformedError, text="one time"),
    "two times": Attack(f"t={T},t={T - 900},v1={V1}", kind=MalformedError, text="one time"),
    "a time with a point": Attack(f"t={T}.5,v1={V1}", kind=MalformedError, text="one time"),
    "a negative time": Attack(f"t=-{T},v1={V1}", kind=MalformedError, text="one time"),
    "an endless time": Attack(f"t={'9' * 400},v1={V1}", kind=MalformedError, text="one time"),
    "an endless header": Attack(GOOD + ",v1=" * 2000, kind=MalformedError, text="header of"),
    "an empty header": Attack("", kind=MalformedError, text="one time"),
    "signed long ago": Attack(
        signature_header(BODY, [SECRET], NOW - timedelta(seconds=301)), text="too long before"
    ),
    "signed in the future": Attack(
        signature_header(BODY, [SECRET], NOW + timedelta(seconds=301)), text="too long before"
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_for_its_own_reason(attack: str) -> None:
    header, body, kind, text = ATTACKS[attack]

    with pytest.raises(kind, match=text):
        verify_signed_header(header, body, [SECRET], NOW)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_genuine_header_is_accepted_within_five_minutes(seconds: int) -> None:
    header = signature_header(BODY, [SECRET], NOW + timedelta(seconds=seconds))

    with does_not_raise():
        verify_signed_header(header, BODY, [SECRET], NOW)


def test_outside_of_them_the_reason_is_age() -> None:
    with pytest.raises(SignatureError) as refused:
        verify_signed_header(GOOD, BODY, [SECRET], NOW + timedelta(minutes=6))

    assert refused.value.reason == "age"


ACCEPTED: dict[str, Callable[[], tuple[str, list[str]]]] = {
    "Stripe rolls the secret: two signatures": lambda: (
        signature_header(BODY, ["whsec_new_0123456789", SECRET], NOW),
        [SECRET],
    ),
    "we roll the secret: two secrets": lambda: (GOOD, ["whsec_new_0123456789", SECRET]),
    "garbage beside the signature": lambda: (f"t={T},v0=x,v1={'0' * 64},v1={V1},v2=y", [SECRET]),
    "spaces after the commas": lambda: (GOOD.replace(",", ", "), [SECRET]),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_one_matching_signature_is_enough(case: str) -> None:
    header, secrets = ACCEPTED[case]()

    with does_not_raise():
        verify_signed_header(header, BODY, secrets, NOW)


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_nothing_is_genuine(secrets: list[str]) -> None:
    forged = signature_header(BODY, [""], NOW)

    with pytest.raises(SignatureError):
        verify_signed_header(forged, BODY, secrets, NOW)


def test_stripes_own_library_accepts_what_our_signer_makes() -> None:
    assert WebhookSignature.verify_header(BODY.decode(), GOOD, SECRET, tolerance=None)
