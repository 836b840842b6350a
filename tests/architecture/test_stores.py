"""A store is complete: its line, its module, its fixtures, its test class; and nobody else knows it."""

import ast
import re
from importlib import import_module

import pytest

from streams.contracts import stores
from streams.contracts.ids import StoreName
from streams.stores import STORES
from tests.architecture.source import PRODUCT, ROOT, files, shown, text, tree

_NAMES = [store.name for store in stores.ALL]


def test_the_list_of_stores_and_their_modules_are_the_same() -> None:
    folder = ROOT / "streams" / "stores"
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    single = {
        path.stem
        for path in folder.glob("*.py")
        if re.search(r"^ADAPTER\b", text(path), re.MULTILINE)
    }
    assert packages | single == set(_NAMES) == set(STORES)


@pytest.mark.parametrize("name", _NAMES)
def test_a_store_has_an_adapter_of_its_name(name: str) -> None:
    assert import_module(f"streams.stores.{name}").ADAPTER.name == name


@pytest.mark.parametrize("name", _NAMES)
def test_a_store_has_fixtures(name: str) -> None:
    assert list((ROOT / "tests" / "fixtures" / name).rglob("*.*"))


@pytest.mark.parametrize("name", _NAMES)
def test_a_store_has_a_test_class_that_inherits_the_conformance_suite(name: str) -> None:
    folder = ROOT / "tests" / "streams" / "stores"
    candidates = [*folder.glob(f"test_{name}.py"), *(folder / name).glob("test_*.py")]
    bases = {
        ast.unparse(base)
        for path in candidates
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
    }
    assert any("Conformance" in base for base in bases), (name, bases)


@pytest.mark.parametrize("name", _NAMES)
def test_a_store_has_a_setup_page_that_ends_in_a_check(name: str) -> None:
    page = (ROOT / "deploy" / "setup" / f"{name}.md").read_text(encoding="utf-8")
    last = page.split("\n## ")[-1]
    assert last.startswith("Check\n")
    assert f"python -m streams setup {{{{ app.id }}}} {name} --check" in last


def test_there_is_no_setup_page_without_its_store() -> None:
    assert {path.stem for path in (ROOT / "deploy" / "setup").glob("*.md")} == set(_NAMES)


@pytest.mark.parametrize("name", _NAMES)
def test_a_store_says_what_to_do_when_its_connection_fails(name: str) -> None:
    advice = stores.BY_NAME[StoreName(name)].advice
    assert all((advice.send, advice.unproven, advice.other_app))


def test_nobody_but_a_stores_own_files_compares_a_store_by_name() -> None:
    """The demo plays the stores, so it may."""
    names = "|".join(_NAMES)
    compares = re.compile(rf"""store\w*\s*(?:==|!=|in)\s*[({{]?\s*["'](?:{names})["']""")
    own = tuple(f"streams/stores/{name}" for name in _NAMES) + tuple(
        f"streams/lookup/{name}" for name in _NAMES
    )
    guilty = {
        shown(path)
        for path in files(PRODUCT)
        if compares.search(text(path)) and not shown(path).startswith((*own, "deploy/demo/"))
    }
    assert guilty == set()
