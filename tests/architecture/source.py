"""The project's own Python files and what is in them, read once."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("ingress", "streams", "sinks", "deploy", "tests")
PRODUCT = ("ingress", "streams", "sinks", "deploy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """`lines`: from `def` to its end, docstring and all, decorators apart."""

    name: str
    lines: int


def files(packages: tuple[str, ...] = PACKAGES) -> list[Path]:
    found = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    return sorted(path for path in found if "__pycache__" not in path.parts)


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path))


def functions(path: Path) -> Iterator[Function]:
    """Each function and method; a nested one counts in its own right and in the outer one's lines."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            end = node.end_lineno or node.lineno
            yield Function(
                name=f"{shown(path)}:{node.lineno} {node.name}",
                lines=end - node.lineno + 1,
            )
