"""GET /v1/subscribers against the documented answer of RevenueCat's v1 API: the same keys, level by level."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from streams.contracts.ids import StoreName
from tests.ingress.test_subscribers import COINS, MONTHLY, NOW, shown

# The documented keys; a value says which kinds of value stand there.
_DATE, _NULL = str, type(None)
SUBSCRIBER = {
    "entitlements": (dict,),
    "first_seen": (_DATE,),
    "last_seen": (_DATE,),
    "management_url": (str, _NULL),
    "non_subscriptions": (dict,),
    "original_app_user_id": (str,),
    "original_application_version": (str, _NULL),
    "original_purchase_date": (_DATE, _NULL),
    "other_purchases": (dict,),
    "subscriber_attributes": (dict,),
    "subscriptions": (dict,),
}
ENTITLEMENT = {
    "expires_date": (_DATE, _NULL),
    "grace_period_expires_date": (_DATE, _NULL),
    "product_identifier": (str,),
    "purchase_date": (_DATE,),
}
SUBSCRIPTION = {
    "auto_resume_date": (_DATE, _NULL),
    "billing_issues_detected_at": (_DATE, _NULL),
    "expires_date": (_DATE, _NULL),
    "grace_period_expires_date": (_DATE, _NULL),
    "is_sandbox": (bool,),
    "original_purchase_date": (_DATE,),
    "ownership_type": (str,),
    "period_type": (str,),
    "price": (dict, _NULL),
    "purchase_date": (_DATE,),
    "refunded_at": (_DATE, _NULL),
    "store": (str,),
    "store_transaction_id": (str,),
    "unsubscribe_detected_at": (_DATE, _NULL),
}
ONE_TIME = {
    "id": (str,),
    "is_sandbox": (bool,),
    "original_purchase_date": (_DATE,),
    "price": (dict, _NULL),
    "purchase_date": (_DATE,),
    "store": (str,),
    "store_transaction_id": (str,),
}
PLAY = replace(
    MONTHLY,
    store=StoreName("play_store"),
    store_name="PLAY_STORE",
    product_id="pro:yearly",
    expires_at=NOW + timedelta(days=300),
)


def agrees(told: dict[str, Any], documented: dict[str, tuple[type, ...]]) -> None:
    assert set(told) == set(documented)
    wrong = {name: value for name, value in told.items() if type(value) not in documented[name]}
    assert wrong == {}


def test_every_level_has_exactly_the_documented_keys() -> None:
    answer = shown(MONTHLY, COINS)
    agrees(answer, SUBSCRIBER)
    agrees(answer["entitlements"]["pro"], ENTITLEMENT)
    agrees(answer["subscriptions"]["monthly"], SUBSCRIPTION)
    agrees(answer["non_subscriptions"]["coins"][0], ONE_TIME)


def test_a_base_plan_is_shown_beside_its_subscription_and_nowhere_else() -> None:
    answer = shown(PLAY)
    assert list(answer["subscriptions"]) == ["pro"]
    plan = {"product_plan_identifier": (str,)}
    agrees(answer["subscriptions"]["pro"], SUBSCRIPTION | plan)
    agrees(answer["entitlements"]["all"], ENTITLEMENT | plan)
    assert answer["entitlements"]["all"]["product_identifier"] == "pro"
    assert answer["entitlements"]["all"]["product_plan_identifier"] == "yearly"


def test_the_management_url_is_that_of_the_longest_active_subscription() -> None:
    apple = replace(MONTHLY, store=StoreName("app_store"), product_id="weekly")
    assert shown(apple)["management_url"] == "https://apps.apple.com/account/subscriptions"
    longest = shown(apple, PLAY)["management_url"]
    assert longest == "https://play.google.com/store/account/subscriptions"


def test_there_is_no_management_url_where_nothing_is_active_or_the_store_has_none() -> None:
    over = replace(PLAY, expires_at=NOW - timedelta(days=1))
    assert shown(over)["management_url"] is None
    assert shown(MONTHLY)["management_url"] is None
    assert shown(COINS)["management_url"] is None
