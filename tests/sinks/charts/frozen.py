"""The views as they are but for their clock: it stands, so that what a chart says can be said beforehand."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache

from clickhouse_connect.driver.client import Client

from sinks.charts.migrations import VIEWS, Script, scripts

CLOCK = "now('UTC')"


@contextmanager
def frozen(client: Client, moment: datetime, *charts: str) -> Iterator[None]:
    """Inside, these charts are asked at `moment`; all of them, when none is named."""
    views = _with_a_clock(charts)
    try:
        for view in views:
            client.command(view.replace(CLOCK, f"toDateTime('{moment:%Y-%m-%d %H:%M:%S}', 'UTC')"))
        yield
    finally:
        for view in views:
            client.command(view)


@cache
def _with_a_clock(charts: tuple[str, ...]) -> list[str]:
    """The statements that make the charts, and what they are made of, where these know the time."""
    wanted = set().union(*(made_of(f"chart_{name}") for name in charts)) if charts else {*_files()}
    return [_files()[name].statements[0] for name in sorted(wanted) if CLOCK in _files()[name].text]


def made_of(view: str) -> set[str]:
    """The view's name and those of all that it is made of."""
    made = {view}
    while more := {name for name in _files() if _asked(name, made)} - made:
        made |= more
    return made


@cache
def _files() -> Mapping[str, Script]:
    return {script.name.removesuffix(".sql"): script for script in scripts(VIEWS)}


def _asked(name: str, views: set[str]) -> bool:
    """Whether one of the views is made of that one."""
    return any(re.search(rf"FROM {name}\b", _files()[view].text) for view in views)
