"""RevenueCat's types, fields and nulls, kind by kind (its payload samples, in our records)."""

from typing import Any

import pytest

from streams.contracts.change import Change, ChangeKind
from streams.contracts.errors import MalformedError
from streams.contracts.event import Event, EventType
from streams.contracts.words import PeriodType, Reason, Signal, TransactionKind
from streams.normalize.events import _ROWS, normalize
from tests.streams.normalize.make import (
    CUSTOMER,
    EURO,
    PROJECT,
    STRIPE,
    U1,
    U2,
    change,
    day,
    refund,
    term,
    trial,
)

ASKED = Signal.PRICE_INCREASE_ASKED
OWN_FIELDS = (
    "is_trial_conversion",
    "cancel_reason",
    "expiration_reason",
    "grace_expires_at",
    "auto_resume_at",
    "new_product_id",
    "refund_id",
)
MONEY_BACK = (ChangeKind.REFUNDED, ChangeKind.REFUND_REVERSED)
TYPES = {
    ChangeKind.STARTED: EventType.INITIAL_PURCHASE,
    ChangeKind.RENEWED: EventType.RENEWAL,
    ChangeKind.PURCHASED: EventType.NON_RENEWING_PURCHASE,
    ChangeKind.PRODUCT_CHANGED: EventType.PRODUCT_CHANGE,
    ChangeKind.RENEWAL_ON: EventType.UNCANCELLATION,
    ChangeKind.RESUMED: EventType.UNCANCELLATION,
    ChangeKind.BILLING_FAILED: EventType.BILLING_ISSUE,
    ChangeKind.BILLING_CANCELLED: EventType.CANCELLATION,
    ChangeKind.RENEWAL_OFF: EventType.CANCELLATION,
    ChangeKind.REFUNDED: EventType.CANCELLATION,
    ChangeKind.REFUND_REVERSED: EventType.REFUND_REVERSED,
    ChangeKind.PAUSE_SCHEDULED: EventType.SUBSCRIPTION_PAUSED,
    ChangeKind.EXTENDED: EventType.SUBSCRIPTION_EXTENDED,
    ChangeKind.CONSENT: EventType.PRICE_INCREASE_CONSENT_REQUIRED,
    ChangeKind.CONSENT_GIVEN: EventType.PRICE_INCREASE_CONSENT_APPROVED,
    ChangeKind.INVOICED: EventType.INVOICE_ISSUANCE,
    ChangeKind.ENDED: EventType.EXPIRATION,
    ChangeKind.TRANSFERRED: EventType.TRANSFER,
}
OWN: dict[ChangeKind, dict[str, Any]] = {
    ChangeKind.RENEWED: {"is_trial_conversion": False},
    ChangeKind.BILLING_CANCELLED: {"cancel_reason": Reason.BILLING_ERROR},
    ChangeKind.RENEWAL_OFF: {"cancel_reason": Reason.UNSUBSCRIBE},
    ChangeKind.REFUNDED: {"cancel_reason": Reason.CUSTOMER_SUPPORT, "refund_id": "re1"},
    ChangeKind.REFUND_REVERSED: {"refund_id": "re1"},
    ChangeKind.ENDED: {"expiration_reason": Reason.UNSUBSCRIBE},
    ChangeKind.BILLING_FAILED: {"grace_expires_at": day(46)},
    ChangeKind.PRODUCT_CHANGED: {"new_product_id": "yearly"},
    ChangeKind.PAUSE_SCHEDULED: {"auto_resume_at": day(60)},
}
MONEY = {
    ChangeKind.STARTED: 7_990_000,
    ChangeKind.RENEWED: 7_990_000,
    ChangeKind.PURCHASED: 7_990_000,
    ChangeKind.REFUNDED: -7_990_000,
    ChangeKind.REFUND_REVERSED: 7_990_000,
    ChangeKind.CONSENT: None,
    ChangeKind.CONSENT_GIVEN: None,
    ChangeKind.INVOICED: None,
    ChangeKind.TRANSFERRED: None,
}


def told(kind: ChangeKind, **fields: Any) -> Event:  # noqa: ANN401 - any field of a Change
    """The event of a change that says all that a change can say."""
    return normalize(everything(kind, **fields), CUSTOMER, PROJECT, EURO)


def everything(kind: ChangeKind, **fields: Any) -> Change:  # noqa: ANN401 - any field of a Change
    said: dict[str, Any] = {
        "refund": refund() if kind in MONEY_BACK else None,
        "grace_expires_at": day(46),
        "auto_resume_at": day(60),
        "new_product_id": "yearly",
        "reason": Reason.UNSUBSCRIBE,
        "renewal_number": 2,
        "transferred_from": U2,
        "transferred_to": U1,
    }
    return change(kind, term(2), **{**said, **fields})


def nulls(event: Event, names: str) -> bool:
    return [getattr(event, name) for name in names.split()] == [None] * len(names.split())


def test_the_table_has_a_row_for_every_kind_of_change() -> None:
    assert set(_ROWS) == set(ChangeKind)


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_a_kind_of_change_is_told_as_its_type(kind: ChangeKind) -> None:
    assert told(kind).type is TYPES[kind]


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_a_type_has_its_own_fields_and_nobody_elses(kind: ChangeKind) -> None:
    event = told(kind)
    expected = {name: OWN.get(kind, {}).get(name) for name in OWN_FIELDS}
    assert {name: getattr(event, name) for name in OWN_FIELDS} == expected


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_only_what_moves_money_carries_it_and_the_rest_says_zero(kind: ChangeKind) -> None:
    event = told(kind)
    assert event.price_micros == MONEY.get(kind, 0)
    moved = MONEY.get(kind, 0) is not None
    assert (event.price_usd_micros is not None) is moved
    assert (event.rate_day is not None) is bool(MONEY.get(kind))


def test_an_immediate_change_of_product_tells_the_term_of_the_old_one() -> None:
    event = told(ChangeKind.PRODUCT_CHANGED, immediate=True, replaced=term(1))
    assert (event.product_id, event.new_product_id) == ("pro", "yearly")
    assert (event.purchased_at, event.expires_at) == (term(1).purchased_at, term(1).expires_at)
    assert event.transaction_id == term(1).transaction_id


def test_an_event_is_the_changes_fact_with_its_message_and_its_customer() -> None:
    source = everything(ChangeKind.RENEWED, sequence=7, late=True, affects_access=False)
    event = normalize(source, CUSTOMER, PROJECT, EURO)
    for name in (
        "fact",
        "app_id",
        "store",
        "environment",
        "purchase_key",
        "subscription_id",
        "customer_id",
        "occurred_at",
        "received_at",
        "sequence",
        "origin",
        "signal",
        "notification_id",
        "notification_type",
        "receipt_id",
        "late",
        "affects_access",
        "period",
        "product_id",
        "purchased_at",
        "expires_at",
        "renewal_number",
    ):
        assert getattr(event, name) == getattr(source, name), name
    assert event.id == source.event_id
    assert event.generated_at == source.received_at
    assert event.store_name == "APP_STORE"
    assert event.project_sha256 == PROJECT.sha256
    assert event.original_customer_id == CUSTOMER.original_customer_id
    assert event.aliases == CUSTOMER.aliases
    assert event.attributes == CUSTOMER.attributes
    assert event.customer_first_seen_at == CUSTOMER.first_seen_at


def test_a_renewal_has_the_terms_fields() -> None:
    event = told(ChangeKind.RENEWED)
    assert event.transaction_id == "tx2"
    assert event.original_transaction_id == "tx1"
    assert event.period_type is PeriodType.NORMAL
    assert event.entitlement_ids == ("premium",)
    assert event.product_duration == "P1M"
    assert event.country_code == "DE"


def test_the_same_change_is_the_same_event_under_another_project() -> None:
    source = everything(ChangeKind.RENEWED)
    bare = type(PROJECT)(name="other", sha256="6" * 64, apps=())
    one, other = (normalize(source, CUSTOMER, p, EURO) for p in (PROJECT, bare))
    assert (one.id, one.fact, one.occurred_at) == (other.id, other.fact, other.occurred_at)


def test_a_trial_starts_as_an_initial_purchase_of_period_trial_and_price_zero() -> None:
    event = normalize(change(ChangeKind.STARTED, trial()), CUSTOMER, PROJECT, None)
    assert event.type is EventType.INITIAL_PURCHASE
    assert event.period_type is PeriodType.TRIAL
    assert (event.price_micros, event.price_usd_micros) == (0, 0)


def test_a_converted_trial_is_said_on_the_renewal() -> None:
    assert told(ChangeKind.RENEWED, trial_conversion=True).is_trial_conversion is True


def test_a_one_time_purchase_never_expires() -> None:
    bought = term(1, kind=TransactionKind.ONE_TIME, product_id="coins", quantity=3)
    event = normalize(change(ChangeKind.PURCHASED, bought), CUSTOMER, PROJECT, EURO)
    assert event.type is EventType.NON_RENEWING_PURCHASE
    assert event.expires_at is None
    assert event.entitlement_ids is None
    assert event.quantity == 3


@pytest.mark.parametrize("kind", [ChangeKind.RENEWAL_OFF, ChangeKind.ENDED])
def test_a_stop_without_a_reason_is_of_unknown_reason(kind: ChangeKind) -> None:
    event = told(kind, reason=None)
    assert Reason.UNKNOWN in {event.cancel_reason, event.expiration_reason}


def test_a_billing_issue_without_grace_has_a_null_there() -> None:
    assert told(ChangeKind.BILLING_FAILED, grace_expires_at=None).grace_expires_at is None


def test_a_failed_charge_is_cancelled_for_billing_whatever_the_change_says() -> None:
    event = told(ChangeKind.BILLING_CANCELLED, reason=Reason.UNSUBSCRIBE)
    assert event.cancel_reason is Reason.BILLING_ERROR


def test_consent_names_product_and_transaction_and_no_period() -> None:
    event = told(ChangeKind.CONSENT, signal=ASKED)
    assert (event.product_id, event.transaction_id, event.currency) == ("pro", "tx2", "EUR")
    assert event.original_transaction_id == "tx1"
    assert event.country_code == "DE"
    assert nulls(event, "period_type purchased_at expires_at entitlement_ids renewal_number")


def test_an_invoice_has_no_transaction_no_period_and_no_entitlement() -> None:
    event = told(ChangeKind.INVOICED)
    assert event.product_id == "pro"
    assert nulls(event, "transaction_id original_transaction_id period_type expires_at")
    assert nulls(event, "entitlement_ids renewal_number")


def test_a_transfer_names_both_sides_and_no_product() -> None:
    event = told(ChangeKind.TRANSFERRED)
    assert (event.transferred_from, event.transferred_to) == ((U2,), (U1, *CUSTOMER.aliases[1:]))
    assert nulls(event, "product_id transaction_id entitlement_ids price_micros")


def test_half_a_transfer_is_refused() -> None:
    with pytest.raises(MalformedError):
        told(ChangeKind.TRANSFERRED, transferred_to=None)


def test_a_change_of_a_period_that_was_never_paid_names_the_known_and_leaves_the_rest_null() -> (
    None
):
    failed = change(ChangeKind.BILLING_FAILED, purchased_at=day(30), expires_at=day(60))
    event = normalize(failed, CUSTOMER, PROJECT, None)
    assert (event.purchased_at, event.expires_at) == (day(30), day(60))
    assert nulls(event, "period_type transaction_id currency")
    assert event.price_micros == 0


def test_what_revenuecat_does_not_send_for_a_store_is_an_extension() -> None:
    assert told(ChangeKind.RENEWAL_ON, store=STRIPE).extension
    assert not told(ChangeKind.RENEWAL_ON).extension
    assert told(ChangeKind.REFUNDED, extension=True).extension
