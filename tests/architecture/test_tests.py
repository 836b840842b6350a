"""Every test can fail: it asserts, or calls what asserts, or says that nothing may be raised.

The last is written `with does_not_raise():`, which is contextlib's nullcontext: then the test shows
what it claims, and one that has merely lost its assertion is found here.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, files, shown, tree

_CLAIMS = {"raises", "warns", "expect", "does_not_raise"}
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_TESTS = [
    path
    for path in files(("tests",))
    if path.name.startswith(("test_", "conformance", "integration"))
]


@cache
def _functions(path: Path) -> list[_Function]:
    """Of a module; methods too."""
    return [node for node in ast.walk(tree(path)) if isinstance(node, _Function)]


@cache
def _imported(path: Path) -> list[Path]:
    """The modules of the tests from which it takes something."""
    nodes = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom)]
    names = [node.module for node in nodes if node.module and node.module.startswith("tests.")]
    found = [ROOT.joinpath(*name.split(".")).with_suffix(".py") for name in names]
    return [one for one in found if one.exists()]


def _called(function: _Function) -> set[str]:
    """The last part of each name that it calls."""
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    names = {call.id for call in calls if isinstance(call, ast.Name)}
    return names | {call.attr for call in calls if isinstance(call, ast.Attribute)}


def _claims(function: _Function, path: Path, above: frozenset[str] = frozenset()) -> bool:
    """Whether it can fail by itself, or by what it calls in its own or in another test's module."""
    called = _called(function)
    if called & _CLAIMS or any(isinstance(node, ast.Assert) for node in ast.walk(function)):
        return True
    near = [(one, home) for home in (path, *_imported(path)) for one in _functions(home)]
    return any(
        _claims(one, home, above | {one.name}) for one, home in near if one.name in called - above
    )


def _idle(path: Path) -> Iterator[str]:
    """The tests of a module that claim nothing."""
    for one in _functions(path):
        if one.name.startswith("test_") and not _claims(one, path):
            yield f"{path.name}:{one.lineno} {one.name}"


def test_every_test_claims_something() -> None:
    assert {shown(path): idle for path in _TESTS if (idle := list(_idle(path)))} == {}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("f()", 1),
        ("assert f()", 0),
        ("with pytest.raises(E):\n        f()", 0),
        ("with does_not_raise():\n        f()", 0),
        ("checked()", 0),
        ("through()", 0),
        ("unchecked()", 1),
    ],
)
def test_one_that_claims_nothing_is_found(tmp_path: Path, body: str, found: int) -> None:
    file = tmp_path / "test_it.py"
    file.write_text(
        f"def test_it():\n    {body}\n"
        "def checked():\n    assert f()\n"
        "def through():\n    checked()\n"
        "def unchecked():\n    unchecked()\n"
    )
    assert list(_idle(file)) == ["test_it.py:1 test_it"] * found
