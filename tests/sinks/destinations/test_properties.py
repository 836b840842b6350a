"""The status after an event, in RevenueCat's words."""

from typing import Any

import pytest

from sinks.destinations.naming import NAMES, word_of
from sinks.destinations.properties import fitted, properties, status
from streams.contracts.event import EventType
from streams.contracts.words import PeriodType, Reason
from tests.sinks.events import AT, LATER, event

TRIAL = {"period_type": PeriodType.TRIAL}
PROMOTIONAL = {"period_type": PeriodType.PROMOTIONAL}
GRACE = {"grace_expires_at": LATER}


@pytest.mark.parametrize(
    ("type_", "fields", "after"),
    [
        (EventType.INITIAL_PURCHASE, {}, "active"),
        (EventType.INITIAL_PURCHASE, TRIAL, "trial"),
        (EventType.INITIAL_PURCHASE, {"period_type": PeriodType.INTRO}, "intro"),
        (EventType.RENEWAL, {"period_type": None}, "active"),
        (EventType.UNCANCELLATION, TRIAL, "trial"),
        (EventType.CANCELLATION, {}, "cancelled"),
        (EventType.CANCELLATION, TRIAL, "cancelled_trial"),
        (EventType.CANCELLATION, {"cancel_reason": Reason.CUSTOMER_SUPPORT}, "cancelled"),
        (EventType.CANCELLATION, {"cancel_reason": Reason.BILLING_ERROR}, None),
        (EventType.BILLING_ISSUE, GRACE, "grace_period"),
        (EventType.BILLING_ISSUE, GRACE | TRIAL, "grace_period_trial"),
        (EventType.BILLING_ISSUE, {}, None),
        (EventType.SUBSCRIPTION_PAUSED, {}, "paused"),
        (EventType.EXPIRATION, {}, "expired"),
        (EventType.EXPIRATION, PROMOTIONAL, "expired_promotional"),
        (EventType.NON_RENEWING_PURCHASE, PROMOTIONAL, "promotional"),
        (EventType.NON_RENEWING_PURCHASE, {}, None),
        (EventType.PRODUCT_CHANGE, {}, None),
        (EventType.TEST, {}, None),
    ],
)
def test_the_status_after_an_event(
    type_: EventType, fields: dict[str, Any], after: str | None
) -> None:
    assert status(event(type=type_, **fields)) == after


def test_an_end_before_the_terms_own_is_told() -> None:
    refunded = event(type=EventType.EXPIRATION, occurred_at=AT, expires_at=LATER)

    assert properties(refunded)["expiration_at"] == "2026-09-21T14:13:20Z"


@pytest.mark.parametrize("type_", EventType)
def test_every_event_type_but_a_transfer_has_a_word_for_its_name(type_: EventType) -> None:
    assert (word_of(event(type=type_)) in NAMES) is (type_ is not EventType.TRANSFER)


def test_what_is_too_large_loses_attributes_first_then_aliases_and_nothing_else() -> None:
    told = {"id": 1, "subscriber_attributes": {"a": "x" * 100}, "aliases": ["y" * 100]}

    assert fitted(told, 1_000) == told
    assert fitted(told, 150).keys() == {"id", "aliases"}
    assert fitted(told, 10) == {"id": 1}
