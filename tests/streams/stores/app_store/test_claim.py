"""What a backend posts for the App Store: a signed transaction, or the original id."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from deploy.demo.payloads import app_store
from deploy.demo.signers.apple import AppleChain, AppleSigner
from streams.contracts.errors import MalformedError, RejectedError, SignatureError, WrongAppError
from streams.contracts.ids import CustomerId, ReceiptId
from streams.contracts.money import Money
from streams.contracts.purchase import Pointer, PostedPurchase, Tracking
from streams.contracts.words import Environment, Origin
from streams.stores import STORES
from tests.streams.stores.signing import (
    APP,
    APP_STORE,
    APPLE,
    BUNDLE_ID,
    KEYRING,
    NOW,
    with_options,
)


def signed(signer: AppleSigner = APPLE, **changes: object) -> str:
    claims = app_store.transaction(
        transaction_id="1002",
        original_transaction_id="1001",
        product_id="pro.monthly",
        purchased_at=NOW,
        signed_at=NOW,
        bundle_id=BUNDLE_ID,
    )
    return signer.sign(claims | changes)


def posted(**fields: object) -> PostedPurchase:
    whole: dict[str, Any] = {
        "tracking_id": ReceiptId("post-1"),
        "app_id": APP.app_id,
        "store": APP_STORE,
        "customer_id": CustomerId("u-42"),
        "received_at": NOW,
        "origin": Origin.POST,
    }
    whole.update(fields)
    return PostedPurchase(**whole)


def claim(post: PostedPurchase) -> list[Tracking]:
    claimed = STORES[APP_STORE].claim(post, KEYRING, APP)
    trackings = [each for each in claimed if isinstance(each, Tracking)]
    assert len(trackings) == len(claimed)
    return trackings


def test_a_signed_transaction_names_purchase_and_environment() -> None:
    (tracking,) = claim(posted(signed_transaction=signed()))

    assert tracking.purchase_key == "tidepool/app_store/PRODUCTION/1001"
    assert (tracking.environment, tracking.customer_id) == (Environment.PRODUCTION, "u-42")


def test_only_a_post_that_says_production_ships() -> None:
    price = Money(micros=9_990_000, currency="USD")
    said = posted(signed_transaction=signed(), environment=Environment.PRODUCTION, price=price)

    assert [(each.posted, each.ships, each.price) for each in claim(said)] == [(True, True, price)]
    assert [each.ships for each in claim(posted(signed_transaction=signed()))] == [False]


def test_an_import_is_no_post_and_never_ships() -> None:
    row = posted(purchase_id="1001", environment=Environment.PRODUCTION, origin=Origin.IMPORT)

    assert [(each.posted, each.ships, each.origin) for each in claim(row)] == [
        (False, False, Origin.IMPORT)
    ]


def test_an_id_without_environment_is_tracked_in_both_and_ships_nothing() -> None:
    both = claim(posted(purchase_id="1001"))

    assert [each.purchase_key for each in both] == [
        "tidepool/app_store/PRODUCTION/1001",
        "tidepool/app_store/SANDBOX/1001",
    ]
    assert not any(each.ships for each in both)


def test_an_id_with_environment_is_tracked_there() -> None:
    (tracking,) = claim(posted(purchase_id="1001", environment=Environment.SANDBOX))

    assert tracking.purchase_key == "tidepool/app_store/SANDBOX/1001"
    assert not tracking.ships


def test_a_transaction_may_be_as_old_as_apples_history() -> None:
    old = posted(signed_transaction=signed(), received_at=NOW + timedelta(days=181))

    assert len(claim(old)) == 1


REFUSED: dict[str, tuple[Callable[[], PostedPurchase], type[RejectedError], str]] = {
    "signed by a stranger": (
        lambda: posted(signed_transaction=signed(AppleSigner(AppleChain.create(NOW)))),
        SignatureError,
        "signature",
    ),
    "of another app": (
        lambda: posted(signed_transaction=signed(bundleId="com.example.other")),
        WrongAppError,
        "wrong_app",
    ),
    "of Xcode": (
        lambda: posted(signed_transaction=signed(environment="Xcode")),
        WrongAppError,
        "environment",
    ),
    "of the sandbox, posted as production": (
        lambda: posted(
            signed_transaction=signed(environment="Sandbox"), environment=Environment.PRODUCTION
        ),
        WrongAppError,
        "environment",
    ),
    "too old": (
        lambda: posted(signed_transaction=signed(), received_at=NOW + timedelta(days=182)),
        SignatureError,
        "age",
    ),
    "no token": (lambda: posted(signed_transaction="a.b"), MalformedError, "malformed"),
    "nothing": (posted, MalformedError, "malformed"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_proves_nothing_is_refused(case: str) -> None:
    make, kind, reason = REFUSED[case]

    with pytest.raises(kind) as refused:
        claim(make())

    assert refused.value.reason == reason


def test_an_environment_that_the_app_does_not_have_is_refused() -> None:
    app = with_options(APP_STORE)
    only = app.store(APP_STORE).__class__(
        store=APP_STORE,
        environments=(Environment.SANDBOX,),
        options=app.store(APP_STORE).options,
    )
    sandbox_only = app.__class__(app_id=app.app_id, name=app.name, demo=True, stores=(only,))

    with pytest.raises(WrongAppError):
        STORES[APP_STORE].claim(posted(signed_transaction=signed()), KEYRING, sandbox_only)


def test_any_other_transactions_id_leads_to_its_original_one_through_the_api() -> None:
    post = posted(looked_up_id="1002", looked_up_field="transaction_id")
    (pointer,) = STORES[APP_STORE].claim(post, KEYRING, APP)
    assert isinstance(pointer, Pointer)
    assert (pointer.purchase_id, pointer.hint["posted"]) == ("1002", "transaction_id")
    assert pointer.environments == APP.store(APP_STORE).environments
