"""Storefronts: alpha-3 to alpha-2, one to one."""

import pytest

from streams.stores.app_store.countries import _ALPHA_2, alpha_2


@pytest.mark.parametrize(
    ("storefront", "country"),
    [("USA", "US"), ("DEU", "DE"), ("GBR", "GB"), ("CHN", "CN"), ("XKS", "XK"), ("AUT", "AT")],
)
def test_a_storefront_becomes_its_country(storefront: str, country: str) -> None:
    assert alpha_2(storefront) == country


@pytest.mark.parametrize("storefront", [None, "", "US", "usa", "ZZZ"])
def test_what_is_no_storefront_has_no_country(storefront: str | None) -> None:
    assert alpha_2(storefront) is None


def test_every_country_has_one_code_of_two_letters() -> None:
    codes = list(_ALPHA_2.values())

    assert len(codes) == 250
    assert len(set(codes)) == len(codes)
    assert all(len(code) == 2 and code.isupper() for code in codes)
