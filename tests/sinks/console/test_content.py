"""Bodies decoded for display: each store's own wrapping opened, and nothing ever fails on one."""

from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.demo.signers.apple import AppleChain, AppleSigner
from sinks.console.content import MOST_SHOWN, content_of
from streams.contracts.codec import read_json, write_json

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture(scope="module")
def signer() -> AppleSigner:
    return AppleSigner(AppleChain.create(datetime.now(UTC)))


def test_apples_payload_and_what_is_signed_within_it_are_opened(signer: AppleSigner) -> None:
    transaction = {"transactionId": "7", "originalTransactionId": "1", "productId": "pro"}
    body = signer.body(
        {
            "notificationType": "DID_RENEW",
            "data": {
                "bundleId": "com.example.tide",
                "signedTransactionInfo": transaction,
                "signedRenewalInfo": {"autoRenewStatus": 1},
            },
        }
    )
    content = content_of("app_store", body)
    opened = read_json(content.text)["signedPayload"]
    assert opened["notificationType"] == "DID_RENEW"
    assert opened["data"]["signedTransactionInfo"]["transactionId"] == "7"
    assert opened["data"]["signedRenewalInfo"] == {"autoRenewStatus": 1}
    assert "for display only" in content.note
    assert content.size == len(body)


def test_googles_data_is_decoded_and_its_token_hidden() -> None:
    inner = {"packageName": "com.example", "subscriptionNotification": {"purchaseToken": "tok-1"}}
    data = b64encode(write_json(inner)).decode()
    body = write_json({"message": {"data": data, "messageId": "9"}, "subscription": "s"})
    content = content_of("play_store", body)
    shown = read_json(content.text)["message"]["data"]
    assert shown["packageName"] == "com.example"
    assert "tok-1" not in content.text
    assert "base64" in content.note


def test_every_fixture_of_stripe_is_shown_with_its_type_and_its_id() -> None:
    paths = sorted((FIXTURES / "stripe").glob("*.json"))
    for path in paths:
        payload = read_json(path.read_bytes())["payload"]
        shown = read_json(content_of("stripe", write_json(payload)).text)
        assert (shown["type"], shown["livemode"]) == (payload["type"], payload["livemode"])
        assert shown["id"] == payload["id"]
    assert len(paths) > 50


def test_stripes_event_is_shown_without_who_the_customer_is() -> None:
    told = {"id": "in_1", "customer_email": "ada@example.com", "customer_address": {"line1": "X 1"}}
    text = content_of(
        "stripe", write_json({"data": {"object": told}, "n": "by ada@example.com"})
    ).text
    assert "in_1" in text
    assert "ada" not in text
    assert "X 1" not in text


@pytest.mark.parametrize("store", ["app_store", "play_store", "stripe", "a_new_store"])
@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe\x00",
        b"not json <script>",
        b"[" * 5_000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b'{"signedPayload": "a.b"}',
        b'{"signedPayload": "a.!!!.c"}',
        b'{"signedPayload": {"signedPayload": 1}}',
        b'{"message": {"data": "\xc3\xa9"}}',
        b'{"message": {"data": "AAAA"}}',
        b'{"message": []}',
        b'{"n": 123456789012345678901234567890}',
        b"null",
    ],
)
def test_a_body_of_any_kind_is_shown_somehow(store: str, body: bytes) -> None:
    content = content_of(store, body)
    assert content.text
    assert content.note


def test_a_body_of_any_size_is_cut_and_says_so() -> None:
    content = content_of("stripe", write_json({"a": ["x" * 60] * 5_000}))
    assert len(content.text) == MOST_SHOWN
    assert "Cut: the first 100,000 of" in content.note


def test_a_body_that_is_gone_says_so() -> None:
    assert "erased" in content_of("stripe", b"").note
