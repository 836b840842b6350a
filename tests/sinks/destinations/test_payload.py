"""Each event type against RevenueCat's shape of it, field by field."""

from datetime import timedelta
from typing import Any

import pytest

from sinks.destinations.payload import ADDITIONS, SHAPES, envelope, fields
from streams.contracts.codec import read_json, write_json
from streams.contracts.event import Event, EventType
from streams.contracts.ids import CustomerId
from streams.contracts.words import Origin
from tests.sinks.destinations.payload_cases import ABSENT, BASE, DELTAS
from tests.sinks.events import AT, LATER, event, event_id


def sent(told: Event) -> dict[str, Any]:
    """The event as a receiver reads it, without our additions."""
    body: dict[str, Any] = read_json(write_json(envelope(told)))
    del body["event"][ADDITIONS]
    event: dict[str, Any] = body["event"]
    return event


@pytest.mark.parametrize("case", DELTAS)
def test_an_event_has_revenuecats_fields_and_values_and_no_others(case: str) -> None:
    type_, given, delta = DELTAS[case]

    expected = {
        name: value
        for name, value in (BASE | {"type": type_.value} | delta).items()
        if value is not ABSENT
    }

    assert sent(event(type=type_, **given)) == expected


@pytest.mark.parametrize(
    ("type_", "until"),
    [(EventType.EXPIRATION, 1790000000000), (EventType.CANCELLATION, 1792592000000)],
)
def test_an_end_before_the_terms_own_is_the_expiration_that_is_told(
    type_: EventType, until: int
) -> None:
    refunded = event(type=type_, occurred_at=AT, expires_at=LATER)

    assert sent(refunded)["expiration_at_ms"] == until


def test_an_end_after_grace_leaves_the_expiration_of_the_term() -> None:
    lost = event(type=EventType.EXPIRATION, occurred_at=LATER + timedelta(days=16))

    assert sent(lost)["expiration_at_ms"] == 1792592000000


def test_a_transfer_has_a_shape_of_its_own() -> None:
    told = event(
        type=EventType.TRANSFER,
        store_name="APP_STORE",
        transferred_from=(CustomerId("u-1"),),
        transferred_to=(CustomerId("u-2"),),
    )

    assert sent(told) == {
        "id": event_id(1),
        "type": "TRANSFER",
        "app_id": "app1a2b",
        "event_timestamp_ms": 1790000003000,
        "store": "APP_STORE",
        "environment": "PRODUCTION",
        "transferred_from": ["u-1"],
        "transferred_to": ["u-2"],
    }


def test_a_temporary_grant_has_a_shape_of_its_own() -> None:
    told = event(type=EventType.TEMPORARY_ENTITLEMENT_GRANT, transaction_id="tmp-1")

    assert sent(told) == {
        "id": event_id(1),
        "type": "TEMPORARY_ENTITLEMENT_GRANT",
        "app_id": "app1a2b",
        "event_timestamp_ms": 1790000003000,
        "app_user_id": "u-42",
        "store": "PLAY_STORE",
        "product_id": "pro:monthly",
        "entitlement_ids": ["pro"],
        "purchased_at_ms": 1790000000000,
        "expiration_at_ms": 1792592000000,
        "transaction_id": "tmp-1",
    }


@pytest.mark.parametrize(
    "type_",
    [EventType.PRICE_INCREASE_CONSENT_REQUIRED, EventType.PRICE_INCREASE_CONSENT_APPROVED],
)
def test_a_consent_event_has_identity_product_and_store_only(type_: EventType) -> None:
    kept = {
        *("id", "app_id", "event_timestamp_ms", "app_user_id", "original_app_user_id"),
        *("aliases", "subscriber_attributes", "experiments", "product_id", "transaction_id"),
        *("original_transaction_id", "store", "environment", "currency", "country_code"),
    }

    expected = {name: BASE[name] for name in kept} | {"type": type_.value}

    assert sent(event(type=type_)) == expected


def test_the_sum_of_price_over_all_types_is_revenue_net_of_refunds() -> None:
    refund = event(
        type=EventType.CANCELLATION,
        refund_id="rf-1",
        price_micros=-7_990_000,
        price_usd_micros=-8_700_000,
    )
    others = [event(type=type_) for type_ in EventType if type_ is not EventType.INVOICE_ISSUANCE]
    prices = [fields(told).get("price") or 0 for told in (*others, refund)]

    # initial purchase, renewal, one-time purchase, reversed refund; the refund takes one away
    assert round(sum(prices), 6) == round(4 * 8.7 - 8.7, 6)


def test_every_event_type_has_a_shape() -> None:
    assert set(SHAPES) == set(EventType)


@pytest.mark.parametrize("type_", EventType)
def test_our_additions_stand_in_one_place_and_hold_what_revenuecat_has_no_field_for(
    type_: EventType,
) -> None:
    told = event(type=type_, origin=Origin.PARKED, late=True, extension=True, sequence=7)

    body = read_json(write_json(envelope(told)))

    assert set(body) == {"api_version", "event"}
    assert body["api_version"] == "1.0"
    additions = body["event"].pop("store_notifications")
    assert set(body["event"]) <= set(SHAPES[type_])
    assert (
        additions
        | {
            "fact": "txn/GPA.1",
            "sequence": 7,
            "origin": "parked",
            "late": True,
            "extension": True,
            "receipt_id": "r-1",
            "rate_usd_micros": 1_088_861,
            "rate_day": "2026-09-21",
            "price_usd_micros": 8_700_000,
            "occurred_at_ms": 1790000000000,
            "received_at_ms": 1790000000000,
            "subscription_id": "app1a2b/play_store/PRODUCTION/token",
            "project_sha256": "ab" * 32,
        }
        == additions
    )
