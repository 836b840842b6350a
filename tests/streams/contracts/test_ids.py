"""Ids are facts: the same in every process, order and replay."""

from streams.contracts.ids import AppId, StoreName, anonymous_customer, event_id, purchase_key
from streams.contracts.words import Environment

KEY = purchase_key(AppId("a"), StoreName("stripe"), Environment.PRODUCTION, "sub_1")


def test_a_purchase_key_names_app_store_environment_and_the_stores_id() -> None:
    assert KEY == "a/stripe/PRODUCTION/sub_1"


def test_an_event_id_is_fixed_for_ever() -> None:
    """A literal: changing the rule would send every consumer every event again."""
    made = event_id(AppId("a"), StoreName("stripe"), Environment.PRODUCTION, "txn/il_1")

    assert made == "25855d18-2846-531c-adbc-c20ad40b02cd"


def test_environments_never_share_an_event_id() -> None:
    ids = {
        event_id(AppId("a"), StoreName("stripe"), environment, "txn/1")
        for environment in Environment
    }

    assert len(ids) == len(Environment)


def test_an_anonymous_customer_has_revenuecats_form() -> None:
    customer = anonymous_customer(KEY)

    assert customer.startswith("$RCAnonymousID:")
    assert len(customer.removeprefix("$RCAnonymousID:")) == 32
    assert customer == anonymous_customer(KEY)
