"""Signatures, against the specification's own example and a stranger's verification."""

import base64
import hmac
from hashlib import sha256

import pytest

from sinks.delivery.signature import revenuecat_header, standard_headers, standard_key


def test_it_is_the_one_of_the_specifications_own_example() -> None:
    key = standard_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    headers = standard_headers(
        [key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_several_keys_give_several_signatures_in_their_order() -> None:
    both = standard_headers([b"a" * 24, b"b" * 24], "id", 1, b"body")["webhook-signature"]
    alone = [
        standard_headers([key], "id", 1, b"body")["webhook-signature"]
        for key in (b"a" * 24, b"b" * 24)
    ]

    assert both == " ".join(alone)


def test_revenuecats_is_hex_over_time_and_body() -> None:
    expected = hmac.new(b"k", b"1790000000.{}", sha256).hexdigest()

    assert revenuecat_header([b"k"], 1790000000, b"{}") == f"t=1790000000,v1={expected}"


@pytest.mark.parametrize("size", [24, 32, 64])
def test_a_key_has_24_to_64_bytes(size: int) -> None:
    secret = "whsec_" + base64.b64encode(b"k" * size).decode()

    assert standard_key(secret) == b"k" * size


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_" + base64.b64encode(b"k" * 23).decode(),
        "whsec_" + base64.b64encode(b"k" * 65).decode(),
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2 LaLaSw",
    ],
)
def test_what_is_no_key_is_refused_without_showing_it(secret: str) -> None:
    with pytest.raises(ValueError, match=r"does not begin|is not base64|holds") as refused:
        standard_key(secret)

    assert not secret or secret.removeprefix("whsec_") not in str(refused.value) or len(secret) < 7
