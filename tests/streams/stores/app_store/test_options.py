"""The App Store's options: what must be there, and what only a demo may set."""

from contextlib import nullcontext as does_not_raise

import pytest

from streams.contracts.errors import ConfigError
from streams.contracts.words import Environment
from streams.stores import STORES
from tests.streams.stores.signing import APP_STORE

ADAPTER = STORES[APP_STORE]
GOOD = {"bundle_id": "com.example.tidepool", "app_apple_id": 6448311069}


def test_a_bundle_id_and_the_apps_number_are_enough() -> None:
    with does_not_raise():
        ADAPTER.check(GOOD, demo=False, secrets=())


def test_the_number_may_be_missing_for_the_sandbox_alone() -> None:
    only = {"bundle_id": "com.example.tidepool"}

    ADAPTER.check(only, demo=False, environments=(Environment.SANDBOX,))
    with pytest.raises(ConfigError, match="app_apple_id"):
        ADAPTER.check(only, demo=False)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"root_fingerprints": ["0" * 64]}, "root_fingerprints"),
        ({"max_age_days": 90}, "max_age_days"),
    ],
)
def test_what_weakens_the_proof_is_for_a_demo_only(options: dict[str, object], name: str) -> None:
    ADAPTER.check(GOOD | options, demo=True)
    with pytest.raises(ConfigError, match=name):
        ADAPTER.check(GOOD | options, demo=False)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"bundle_id": ""}, "bundle_id"),
        ({"bundle_id": 7}, "bundle_id"),
        ({"app_apple_id": "6448311069"}, "app_apple_id"),
        ({"root_fingerprints": ["63:34:3A"]}, "64 hex"),
        ({"max_age_days": 0}, "max_age_days"),
        ({"environment": "Xcode"}, "environment"),
        ({"verify": False}, "verify"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        ADAPTER.check(GOOD | options, demo=True)


def test_a_missing_bundle_id_is_named() -> None:
    with pytest.raises(ConfigError, match="bundle_id"):
        ADAPTER.check({"app_apple_id": 1}, demo=False)


def test_a_secret_for_a_store_that_has_none_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="secrets"):
        ADAPTER.check(GOOD, demo=False, secrets=("shared-secret",))
