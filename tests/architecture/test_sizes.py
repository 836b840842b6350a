"""Files past 300 lines and functions past 40 are refused; the medians go into the report (--junit-xml)."""

from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

import pytest

from tests.architecture.source import PACKAGES, PRODUCT, files, functions, shown, text

FILE_LINES, FUNCTION_LINES = 300, 40


@pytest.mark.parametrize("package", PACKAGES)
def test_no_file_is_longer_than_300_lines(package: str) -> None:
    long = {shown(path): len(text(path).splitlines()) for path in files((package,))}
    assert {name: lines for name, lines in long.items() if lines > FILE_LINES} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_function_is_longer_than_40_lines(package: str) -> None:
    found = [function for path in files((package,)) for function in functions(path)]
    assert [one for one in found if one.lines > FUNCTION_LINES] == []


def test_the_median_file_and_function_are_short(
    record_property: Callable[[str, object], None],
) -> None:
    lengths = [len(text(path).splitlines()) for path in files(PRODUCT)]
    lines = [function.lines for path in files(PRODUCT) for function in functions(path)]
    for name, values in (("file", lengths), ("function", lines)):
        record_property(f"lines of a {name}: median", median(values))
        record_property(f"lines of a {name}: 90 %", quantiles(values, n=10)[-1])
    assert median(lengths) <= 150
    assert median(lines) <= 10


def test_every_file_says_what_it_is_for() -> None:
    silent = [shown(path) for path in files(PRODUCT) if not _docstring(path)]
    assert silent == []


def _docstring(path: Path) -> bool:
    return text(path).lstrip().startswith(('"""', 'r"""'))
