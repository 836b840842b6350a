"""The list of stores: a module for every name, a check of a whole project."""

from dataclasses import replace

import pytest

from streams.contracts import stores
from streams.contracts.errors import ConfigError
from streams.contracts.project import Keyring, Project
from streams.stores import STORES, check_project
from tests.streams.stores.signing import APP, KEYRING, STRIPE, with_options


def project(*apps: object) -> Project:
    return Project(name="Tidepool", sha256="0", apps=tuple(apps))  # type: ignore[arg-type]


def test_every_store_of_the_list_has_its_adapter_and_no_other_has() -> None:
    assert list(STORES) == [store.name for store in stores.ALL]
    assert [adapter.name for adapter in STORES.values()] == list(STORES)


def test_a_good_project_passes() -> None:
    check_project(project(APP), KEYRING)


def test_a_wrong_option_names_app_and_store() -> None:
    with pytest.raises(ConfigError, match="app 'tidepool', store 'stripe': option 'account'"):
        check_project(project(with_options(STRIPE, account="x")), KEYRING)


def test_a_missing_secret_names_app_and_store() -> None:
    with pytest.raises(ConfigError, match="app 'tidepool', store 'stripe': `secrets` is empty"):
        check_project(project(APP), Keyring())


def test_a_real_app_with_the_demos_trust_is_refused() -> None:
    with pytest.raises(ConfigError, match="root_fingerprints"):
        check_project(project(replace(APP, demo=False)), KEYRING)
