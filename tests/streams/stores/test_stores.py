"""The list of stores: a module for every name, a check of a whole project."""

import ast
from contextlib import nullcontext as does_not_raise
from dataclasses import replace
from pathlib import Path

import pytest

import streams
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


def test_only_a_stores_verify_seals_a_payload_as_verified() -> None:
    root = Path(streams.__file__).parent
    sealing = {
        str(file.relative_to(root))
        for file in root.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and "verified" in {each.name for each in node.names}
    }

    one_file = {f"stores/{name}.py" for name in STORES} & sealing
    assert sealing - one_file == {
        f"stores/{name}/verify.py" for name in STORES if f"stores/{name}.py" not in one_file
    }


def test_a_good_project_passes() -> None:
    with does_not_raise():
        check_project(project(APP), KEYRING, "p.toml")


def test_a_wrong_option_names_its_place_in_the_file() -> None:
    wrong = project(APP, with_options(STRIPE, account="x"))
    with pytest.raises(ConfigError, match=r"^p\.toml: apps\[1\]\.stores\[0\]: option 'account'"):
        check_project(wrong, KEYRING, "p.toml")


def test_a_missing_secret_names_its_place_in_the_file() -> None:
    with pytest.raises(ConfigError, match=r"^p\.toml: apps\[0\]\.stores\[2\]: `secrets` is empty"):
        check_project(project(APP), Keyring(), "p.toml")


def test_a_real_app_with_the_demos_trust_is_refused() -> None:
    with pytest.raises(ConfigError, match="root_fingerprints"):
        check_project(project(replace(APP, demo=False)), KEYRING, "p.toml")
