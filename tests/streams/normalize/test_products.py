"""What the product map says of a product."""

from streams.normalize.products import duration_of, entitlements_of
from tests.streams.normalize.make import APPLE, PLAY, PROJECT, STRIPE


def test_a_product_gives_the_entitlements_of_its_own_store_first() -> None:
    assert entitlements_of(PROJECT, STRIPE, "pro") == ("stripe_premium",)
    assert entitlements_of(PROJECT, APPLE, "pro") == ("premium",)


def test_a_product_that_maps_to_nothing_has_none_and_not_an_empty_list() -> None:
    assert entitlements_of(PROJECT, APPLE, "coins") is None
    assert entitlements_of(PROJECT, APPLE, "unheard of") is None
    assert entitlements_of(PROJECT, APPLE, None) is None


def test_a_base_plan_has_the_mapping_of_its_subscription_unless_it_has_its_own() -> None:
    assert entitlements_of(PROJECT, PLAY, "sub:monthly") == ("play",)
    assert entitlements_of(PROJECT, PLAY, "sub:yearly") == ("year",)


def test_the_duration_is_the_mapped_one_or_unknown() -> None:
    assert duration_of(PROJECT, PLAY, "sub:yearly") == "P1Y"
    assert duration_of(PROJECT, APPLE, "lifetime") is None
    assert duration_of(PROJECT, APPLE, "unheard of") is None
