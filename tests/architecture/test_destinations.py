"""A destination is complete: its file, its line in the registry, its test class, its row of options."""

import ast
import re

import pytest

from sinks.destinations import DESTINATIONS, RATES
from tests.architecture.source import ROOT, text, tree


def test_every_file_that_makes_a_destination_is_in_the_registry() -> None:
    folder = ROOT / "sinks" / "destinations"
    making = {
        path.stem
        for path in folder.glob("*.py")
        if re.search(r"^def make\(", text(path), re.MULTILINE)
    }
    assert making == set(DESTINATIONS)
    assert set(RATES) <= set(DESTINATIONS)


@pytest.mark.parametrize("name", DESTINATIONS)
def test_a_destination_has_a_test_class_that_inherits_the_conformance_suite(name: str) -> None:
    path = ROOT / "tests" / "sinks" / "destinations" / f"test_{name}.py"
    classes = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
    bases = {ast.unparse(base) for one in classes for base in one.bases}
    assert any("Conformance" in base for base in bases), (name, bases)


@pytest.mark.parametrize("name", DESTINATIONS)
def test_the_readme_says_what_a_destination_takes(name: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (types,) = re.findall(
        r"^\| `\[\[destinations\]\] name`.*?`type`: ([^.]+)\.", readme, re.MULTILINE
    )
    assert f"`{name}`" in types
    assert f"| ... of `{name}` |" in readme
