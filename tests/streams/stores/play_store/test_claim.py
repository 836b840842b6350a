"""What a backend posts for Google Play: a token, which only Google's API leads to its purchase."""

from typing import Any

import pytest

from streams.contracts.errors import MalformedError
from streams.contracts.ids import CustomerId, ReceiptId
from streams.contracts.money import Money
from streams.contracts.purchase import Pointer, PostedPurchase
from streams.contracts.words import Environment, Origin
from streams.stores import STORES
from tests.streams.stores.signing import APP, KEYRING, NOW, PLAY_STORE


def posted(**fields: object) -> PostedPurchase:
    whole: dict[str, Any] = {
        "tracking_id": ReceiptId("post-1"),
        "app_id": APP.app_id,
        "store": PLAY_STORE,
        "customer_id": CustomerId("u-42"),
        "received_at": NOW,
        "origin": Origin.POST,
        "purchase_id": "token-1",
    }
    whole.update(fields)
    return PostedPurchase(**whole)


def claim(post: PostedPurchase) -> Pointer:
    (claimed,) = STORES[PLAY_STORE].claim(post, KEYRING, APP)
    assert isinstance(claimed, Pointer)
    return claimed


def test_a_token_becomes_a_pointer_that_carries_the_whole_post() -> None:
    pointer = claim(
        posted(environment=Environment.PRODUCTION, price=Money(micros=9_990_000, currency="EUR"))
    )

    assert (pointer.purchase_id, pointer.notification_id) == ("token-1", "post-1")
    assert (pointer.environments, pointer.origin) == ((Environment.PRODUCTION,), Origin.POST)
    assert pointer.hint == {
        "customer_id": "u-42",
        "ships": "true",
        "posted": "purchase_token",
        "price_micros": "9990000",
        "currency": "EUR",
    }


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"environment": Environment.SANDBOX},
        {"environment": Environment.PRODUCTION, "origin": Origin.IMPORT},
    ],
)
def test_only_a_post_that_says_production_ships(fields: dict[str, object]) -> None:
    assert claim(posted(**fields)).hint["ships"] == "false"


def test_without_an_environment_both_are_to_be_asked() -> None:
    assert set(claim(posted()).environments) == set(Environment)


def test_a_post_without_a_token_is_refused() -> None:
    with pytest.raises(MalformedError):
        claim(posted(purchase_id=None))
