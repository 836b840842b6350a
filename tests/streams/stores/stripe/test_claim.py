"""What a backend posts for Stripe: a subscription's id."""

from typing import Any

import pytest

from streams.contracts.errors import MalformedError
from streams.contracts.ids import CustomerId, ReceiptId
from streams.contracts.money import Money
from streams.contracts.purchase import Pointer, PostedPurchase, Tracking
from streams.contracts.words import Environment, Origin
from streams.stores import STORES
from tests.streams.stores.signing import APP, KEYRING, NOW, STRIPE


def claim(**fields: object) -> list[Tracking]:
    whole: dict[str, Any] = {
        "tracking_id": ReceiptId("post-1"),
        "app_id": APP.app_id,
        "store": STRIPE,
        "customer_id": CustomerId("u-42"),
        "received_at": NOW,
        "origin": Origin.POST,
        "purchase_id": "sub_1",
    }
    whole.update(fields)
    claimed = STORES[STRIPE].claim(PostedPurchase(**whole), KEYRING, APP)
    return [each for each in claimed if isinstance(each, Tracking)]


def test_a_post_that_says_production_ships() -> None:
    (tracking,) = claim(environment=Environment.PRODUCTION)

    assert tracking.purchase_key == "tidepool/stripe/PRODUCTION/sub_1"
    assert tracking.ships


def test_a_post_without_environment_is_tracked_in_both_and_ships_nothing() -> None:
    both = claim()

    assert {each.environment for each in both} == set(Environment)
    assert not any(each.ships for each in both)


@pytest.mark.parametrize("purchase_id", [None, "si_1", "in_1", "cs_1", "SUB_1"])
def test_only_a_subscriptions_id_will_do(purchase_id: str | None) -> None:
    with pytest.raises(MalformedError):
        claim(purchase_id=purchase_id)


@pytest.mark.parametrize(
    ("field", "value"), [("subscription_item_id", "si_1"), ("checkout_session_id", "cs_1")]
)
def test_an_id_that_is_looked_up_takes_along_whose_it_is(field: str, value: str) -> None:
    post = PostedPurchase(
        tracking_id=ReceiptId("post-1"),
        app_id=APP.app_id,
        store=STRIPE,
        customer_id=CustomerId("u-42"),
        received_at=NOW,
        origin=Origin.POST,
        environment=Environment.PRODUCTION,
        looked_up_id=value,
        looked_up_field=field,
        price=Money(micros=9_990_000, currency="USD"),
    )
    (pointer,) = STORES[STRIPE].claim(post, KEYRING, APP)
    assert isinstance(pointer, Pointer)
    assert (pointer.purchase_id, pointer.environments) == (value, (Environment.PRODUCTION,))
    assert (pointer.receipt_id, pointer.type) == ("post-1", "POSTED")
    assert pointer.hint == {
        "customer_id": "u-42",
        "ships": "true",
        "posted": field,
        "price_micros": "9990000",
        "currency": "USD",
    }
