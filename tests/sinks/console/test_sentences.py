"""What happened, in English: every type of event, and what its fields make of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sinks.console.sentences import money, sentence
from sinks.console.told import Told
from streams.contracts.event import EventType
from streams.contracts.words import PeriodType, Reason, Signal

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
END = datetime(2026, 12, 1, 12, tzinfo=UTC)
BARE: dict[str, Any] = {
    **dict.fromkeys(
        (
            *("event_id", "app_id", "store", "environment", "purchase_key", "subscription_id"),
            *("customer_id", "origin", "signal", "notification_type", "receipt_id", "product_id"),
            *("new_product_id", "period_type", "reason", "currency", "refund_id", "transaction_id"),
        ),
        "",
    ),
    **dict.fromkeys(("aliases", "entitlement_ids", "transferred_from", "transferred_to"), ()),
    **dict.fromkeys(("late", "extension", "is_trial_conversion", "is_family_share"), False),
    **dict.fromkeys(("purchased_at", "expires_at", "grace_expires_at", "auto_resume_at")),
    **dict.fromkeys(("occurred_at", "received_at", "written_at"), AT),
    "price_micros": None,
    "sequence": 1,
}
FULL = {"product_id": "pro", "currency": "EUR", "price_micros": 4_990_000, "expires_at": END}


def of(type_: EventType | str, **fields: Any) -> str:  # noqa: ANN401 - any field of Told
    return sentence(Told(**(BARE | FULL | {"type": str(type_)} | fields)))


@pytest.mark.parametrize("type_", EventType)
def test_every_type_has_a_sentence_even_when_nothing_else_is_known(type_: EventType) -> None:
    text = sentence(Told(**(BARE | {"type": type_.value})))
    assert text.endswith(".")
    assert "no words yet" not in text
    assert "None" not in text
    assert "  " not in text


TOLD: list[tuple[EventType, dict[str, Any], str]] = [
    (EventType.INITIAL_PURCHASE, {}, "Started a subscription to pro for 4.99 EUR."),
    (
        EventType.INITIAL_PURCHASE,
        {"period_type": PeriodType.TRIAL.value, "price_micros": 0},
        "Started a trial of pro, until 2026-12-01.",
    ),
    (
        EventType.INITIAL_PURCHASE,
        {"is_family_share": True},
        "Got pro through family sharing, until 2026-12-01.",
    ),
    (EventType.RENEWAL, {}, "Renewed pro for 4.99 EUR, until 2026-12-01."),
    (
        EventType.RENEWAL,
        {"is_trial_conversion": True},
        "Converted from a trial of pro for 4.99 EUR.",
    ),
    (
        EventType.RENEWAL,
        {"signal": Signal.RESUBSCRIBED.value},
        "Resubscribed to pro for 4.99 EUR, until 2026-12-01.",
    ),
    (
        EventType.CANCELLATION,
        {"reason": Reason.UNSUBSCRIBE.value, "price_micros": 0},
        "Opted out of renewal: pro, until 2026-12-01.",
    ),
    (
        EventType.CANCELLATION,
        {"reason": Reason.CUSTOMER_SUPPORT.value, "refund_id": "r", "price_micros": -4_990_000},
        "Was issued a refund of 4.99 EUR for pro.",
    ),
    (
        EventType.CANCELLATION,
        {"reason": Reason.PRICE_INCREASE.value, "expires_at": None},
        "Cancelled due to not agreeing to a price increase: pro.",
    ),
    (
        EventType.CANCELLATION,
        {"reason": "A_NEW_ONE", "expires_at": None},
        "Cancelled due to unknown reasons: pro.",
    ),
    (
        EventType.CANCELLATION,
        {"period_type": PeriodType.PROMOTIONAL.value, "entitlement_ids": ("gold",)},
        "Had the entitlement gold removed, which had been granted.",
    ),
    (EventType.UNCANCELLATION, {}, "Resubscribed: turned renewal of pro back on."),
    (EventType.NON_RENEWING_PURCHASE, {}, "Made a purchase: pro for 4.99 EUR."),
    (
        EventType.NON_RENEWING_PURCHASE,
        {"period_type": PeriodType.PROMOTIONAL.value, "entitlement_ids": ("gold",)},
        "Was granted the entitlement gold, until 2026-12-01.",
    ),
    (
        EventType.SUBSCRIPTION_PAUSED,
        {"auto_resume_at": datetime(2027, 1, 1, tzinfo=UTC)},
        "Chose to pause pro on 2026-12-01, to resume on 2027-01-01.",
    ),
    (
        EventType.EXPIRATION,
        {"reason": Reason.BILLING_ERROR.value},
        "Lost access to pro due to a billing error.",
    ),
    (EventType.BILLING_ISSUE, {}, "Had a billing issue with pro; no grace period."),
    (
        EventType.BILLING_ISSUE,
        {"grace_expires_at": END},
        "Had a billing issue with pro; in grace until 2026-12-01.",
    ),
    (
        EventType.PRODUCT_CHANGE,
        {"new_product_id": "max"},
        "Changed renewal preference from pro to max.",
    ),
    (
        EventType.TRANSFER,
        {"transferred_from": ("ann",), "transferred_to": ("bob", "bobby", "b-3")},
        "Purchases were transferred from ann to bob (also bobby, b-3).",
    ),
    (EventType.SUBSCRIPTION_EXTENDED, {}, "Had pro extended until 2026-12-01."),
    (EventType.REFUND_REVERSED, {}, "Had a refund of 4.99 EUR for pro reversed."),
    (EventType.INVOICE_ISSUANCE, {}, "Was issued an invoice of 4.99 EUR for pro."),
]


@pytest.mark.parametrize(("type_", "fields", "text"), TOLD)
def test_a_sentence_says_what_the_fields_make_of_the_type(
    type_: EventType, fields: dict[str, Any], text: str
) -> None:
    assert of(type_, **fields) == text


def test_a_type_of_a_newer_writer_is_named() -> None:
    assert of("MOON_PHASE") == "An event MOON_PHASE, for which there are no words yet."


def test_a_price_that_is_not_known_is_never_nothing() -> None:
    assert of(EventType.RENEWAL, price_micros=None) == (
        "Renewed pro for an unknown price, until 2026-12-01."
    )


@pytest.mark.parametrize(
    ("micros", "currency", "text"),
    [
        (4_990_000, "EUR", "4.99 EUR"),
        (500_000_000, "JPY", "500 JPY"),
        (-1_234_500_000, "USD", "-1,234.50 USD"),
        (1, "USD", "0.000001 USD"),
        (0, "USD", "0 USD"),
        (None, "USD", "an unknown price"),
        (5, "", "an unknown price"),
    ],
)
def test_money_is_exact(micros: int | None, currency: str, text: str) -> None:
    assert money(micros, currency) == text
