"""What is never shown, wherever a store puts it; and what an operator needs stays."""

import pytest

from sinks.console.redaction import redacted, redacted_headers, redacted_text
from streams.contracts.codec import write_json

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl"
TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "name",
    [
        *("purchaseToken", "client_secret", "Authorization", "password", "signature", "api_key"),
        *("idempotency_key", "customer_email", "emailAddress", "phone", "customer_name"),
        *("billing_details", "shipping", "hosted_invoice_url", "invoice_pdf", "last4"),
    ],
)
@pytest.mark.parametrize("value", ["hunter2-x", {"line": "hunter2-x"}, ["hunter2-x"]])
def test_a_member_of_such_a_name_is_hidden_however_deep(name: str, value: object) -> None:
    shown = redacted({"data": [{"object": {name: value}}]})  # type: ignore[dict-item] # JSON
    assert b"hunter2" not in write_json(shown)
    assert name.encode() in write_json(shown)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"see {JWT}", JWT),
        ("mail ann@example.com now", "ann@"),
        ("key whsec_abcDEF123= here", "abcDEF123"),
        ("sk_live_51Habc", "51Habc"),
        ("Bearer abcdef123456", "abcdef123456"),
        (f"https://x.example/v1/notifications/stripe/{TOKEN}?a=1", TOKEN),
    ],
)
def test_a_value_that_looks_like_a_credential_is_hidden_in_any_text(text: str, hidden: str) -> None:
    assert hidden not in redacted_text(text)
    assert hidden.encode() not in write_json(redacted({"note": [text]}))
    assert hidden.encode() not in write_json(redacted({text: 1}))


def test_what_finds_a_purchase_and_its_customer_stays() -> None:
    told = {
        "originalTransactionId": "700001",
        "appAccountToken": "7e3fb204-2c5a-4b6c-8f9d-0a1b2c3d4e5f",
        "metadata": {"app_user_id": "u-42"},
        "subscription": "sub_1",
        "livemode": True,
        "amount": 499,
        "email": None,
    }
    assert redacted(told) == told  # type: ignore[arg-type] # JSON


def test_headers_keep_their_names_and_lose_what_proves_or_leads_somewhere() -> None:
    shown = dict(
        redacted_headers(
            (
                ("authorization", "Bearer abc"),
                ("stripe-signature", "t=1,v1=abc"),
                ("x-api-key", "abc"),
                ("x-original-uri", f"/v1/notifications/stripe/{TOKEN}"),
                ("user-agent", "Stripe/1.0"),
            )
        )
    )
    assert shown["user-agent"] == "Stripe/1.0"
    assert shown["x-original-uri"] == "/v1/notifications/stripe/(hidden)"
    assert all("abc" not in value for value in shown.values())


def test_what_is_too_deep_is_not_followed() -> None:
    deep: object = "bottom"
    for _ in range(900):
        deep = {"a": deep}
    assert b"bottom" not in write_json(redacted(deep))  # type: ignore[arg-type] # JSON
