"""What no fixture shows of an App Store transaction: missing prices, new types, odd offers."""

from datetime import timedelta
from typing import Any

import pytest

from deploy.demo.payloads import app_store
from streams.contracts.money import Money
from streams.contracts.purchase import Notification
from streams.contracts.snapshot import Snapshot
from streams.contracts.words import Access, PeriodType, Signal, TransactionKind
from streams.stores import STORES
from tests.streams.stores.signing import (
    APP,
    APP_APPLE_ID,
    APP_STORE,
    BUNDLE_ID,
    KEYRING,
    NOW,
    apple_raw,
)

MONTH = timedelta(days=30)


def notified(
    type_: str = "SUBSCRIBED",
    subtype: str = "INITIAL_BUY",
    *,
    status: int | None = 1,
    renewal: dict[str, Any] | None = None,
    **transaction: object,
) -> Notification:
    """A notification about a transaction with these claims; None leaves one out."""
    claims = app_store.transaction(
        transaction_id="1001",
        original_transaction_id="1001",
        product_id="pro.monthly",
        purchased_at=NOW,
        signed_at=NOW,
        expires_at=NOW + MONTH,
        bundle_id=BUNDLE_ID,
        price_micros=9_990_000,
        currency="EUR",
    )
    merged = {name: value for name, value in (claims | transaction).items() if value is not None}
    outer = app_store.notification(
        type_,
        subtype,
        uuid="uuid-1",
        signed_at=NOW,
        bundle_id=BUNDLE_ID,
        app_apple_id=APP_APPLE_ID,
        transaction=merged,
        renewal=renewal,
        status=status,
    )
    adapter = STORES[APP_STORE]
    (decoded,) = adapter.decode(adapter.verify(apple_raw(outer), KEYRING, APP), APP)
    assert isinstance(decoded, Notification)
    return decoded


def told(**transaction: object) -> Snapshot:
    return notified("SUBSCRIBED", "INITIAL_BUY", status=1, renewal=None, **transaction).snapshot


@pytest.mark.parametrize("missing", ["price", "currency"])
def test_a_price_that_apple_does_not_say_is_unknown_and_not_zero(missing: str) -> None:
    assert told(**{missing: None}).transactions[0].price is None


def test_a_family_member_without_any_currency_paid_nothing() -> None:
    shared = told(price=None, currency=None, inAppOwnershipType="FAMILY_SHARED").transactions[0]

    assert shared.price == Money(micros=0, currency="USD")
    assert shared.family_share


@pytest.mark.parametrize(
    ("offer_type", "discount", "period_type", "named"),
    [
        (1, "FREE_TRIAL", PeriodType.TRIAL, "introductory"),
        (1, "PAY_UP_FRONT", PeriodType.INTRO, "introductory"),
        (2, "PAY_AS_YOU_GO", PeriodType.NORMAL, "promotional"),
        (2, "FREE_TRIAL", PeriodType.TRIAL, "promotional"),
        (3, "FREE_TRIAL", PeriodType.TRIAL, "offer_code"),
        (3, "ONE_TIME", PeriodType.NORMAL, "offer_code"),
        (4, "PAY_UP_FRONT", PeriodType.NORMAL, "win_back"),
        (9, None, PeriodType.NORMAL, None),
        (None, None, PeriodType.NORMAL, None),
    ],
)
def test_an_offer_makes_the_kind_of_period(
    offer_type: int | None, discount: str | None, period_type: PeriodType, named: str | None
) -> None:
    transaction = told(offerType=offer_type, offerDiscountType=discount).transactions[0]

    assert (transaction.period_type, transaction.offer_type) == (period_type, named)


def test_a_new_type_of_product_is_a_subscription_when_it_has_an_end() -> None:
    with_end = told(type="Membership", transactionId="1002")
    without = told(type="Membership", expiresDate=None)

    assert with_end.transactions[0].kind is TransactionKind.RENEWAL
    assert without.transactions[0].kind is TransactionKind.ONE_TIME
    assert without.standings == ()


def test_the_first_transaction_of_a_purchase_is_known_by_its_own_ids() -> None:
    kinds = [told(transactionId=each).transactions[0].kind for each in ("1001", "1002")]

    assert kinds == [TransactionKind.INITIAL, TransactionKind.RENEWAL]


@pytest.mark.parametrize(
    ("percentage", "micros"), [(100_000, 9_990_000), (50_000, 4_995_000), (5, 0), (6, 1_000)]
)
def test_a_share_refunded_is_rounded_half_up_on_the_milliunit(percentage: int, micros: int) -> None:
    at = app_store.milliseconds(NOW)
    refunded = notified("REFUND", "", revocationDate=at, revocationPercentage=percentage)

    assert refunded.snapshot.refunds[0].amount == Money(micros=micros, currency="EUR")


def test_a_refund_tells_itself_in_any_message_about_its_transaction() -> None:
    at = app_store.milliseconds(NOW)
    later = notified("CONSUMPTION_REQUEST", "", revocationDate=at).snapshot

    assert [refund.refund_id for refund in later.refunds] == [f"1001/{at}"]
    assert [standing.access for standing in later.standings] == [Access.REVOKED]


def test_family_sharing_that_stopped_gives_no_money_back_in_any_message() -> None:
    at = app_store.milliseconds(NOW)
    shared = notified("REFUND", "", revocationDate=at, inAppOwnershipType="FAMILY_SHARED")

    assert shared.snapshot.refunds == ()


@pytest.mark.parametrize(
    ("type_", "subtype", "access"),
    [
        ("SUBSCRIBED", "INITIAL_BUY", Access.ACTIVE),
        ("DID_RENEW", "", Access.ACTIVE),
        ("DID_FAIL_TO_RENEW", "GRACE_PERIOD", Access.GRACE),
        ("DID_FAIL_TO_RENEW", "", Access.RETRY),
        ("PRICE_INCREASE", "PENDING", None),
    ],
)
def test_without_a_status_the_type_says_what_it_can(
    type_: str, subtype: str, access: Access | None
) -> None:
    assert notified(type_, subtype, status=None).snapshot.standings[0].access is access


def test_a_new_status_says_nothing_of_access() -> None:
    assert notified("PRICE_INCREASE", "PENDING", status=9).snapshot.standings[0].access is None


def test_an_unknown_subtype_is_kept_with_all_that_the_message_tells() -> None:
    notification = notified("DID_RENEW", "LOYALTY")

    assert (notification.signal, notification.subtype) == (Signal.UNKNOWN, "LOYALTY")
    assert len(notification.snapshot.transactions) == 1


def test_a_notification_has_apples_id_and_the_time_of_its_signing() -> None:
    notification = notified()

    assert notification.notification_id == "uuid-1"
    assert notification.occurred_at == NOW
