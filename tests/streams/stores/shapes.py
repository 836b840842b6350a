"""Payloads that are nearly right: one member, somewhere, is another value or gone."""

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

_GONE = object()
_PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
_VALUES: st.SearchStrategy[object] = (
    st.just(_GONE)
    | st.integers(-(2**62), 2**62)
    | st.recursive(
        _PLAIN,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
        max_leaves=5,
    )
)
Path = tuple[str | int, ...]


@st.composite
def with_one_change(draw: st.DrawFn, payload: dict[str, Any]) -> dict[str, Any]:
    """`payload`, changed in one place."""
    changed = deepcopy(payload)
    *way, last = draw(st.sampled_from(list(_paths(payload))))
    inner: Any = changed
    for step in way:
        inner = inner[step]
    value = draw(_VALUES)
    if value is _GONE:
        del inner[last]
    else:
        inner[last] = value
    return changed


def _paths(value: object, path: Path = ()) -> list[Path]:
    """Of every member, at every depth."""
    steps: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        steps = list(value.items())
    if isinstance(value, list):
        steps = list(enumerate(value))
    found: list[Path] = []
    for step, inner in steps:
        found += [(*path, step), *_paths(inner, (*path, step))]
    return found
