"""Every metric's name stands in one Literal with its meaning above it, and is used somewhere."""

import re
from typing import get_args

from streams.observe import metrics
from tests.architecture.source import PRODUCT, ROOT, files, text

_NAMES = get_args(metrics.MetricName)


def test_every_metric_has_its_meaning_in_a_comment_above_it() -> None:
    lines = text(ROOT / "streams" / "observe" / "metrics.py").splitlines()
    silent = [
        name
        for name in _NAMES
        for at, line in enumerate(lines)
        if line.strip() == f'"{name}",' and not lines[at - 1].strip().startswith("#")
    ]
    assert silent == []


def test_no_metric_is_named_and_never_counted() -> None:
    product = "".join(text(path) for path in files(PRODUCT) if path.name != "metrics.py")
    assert [name for name in _NAMES if not re.search(rf'"{name}"', product)] == []
