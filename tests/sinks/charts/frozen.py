"""The views as they are but for their clock: it stands, so that what a chart says can be said beforehand."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache

from clickhouse_connect.driver.client import Client

from sinks.charts.migrations import VIEWS, scripts

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
    files = {script.name.removesuffix(".sql"): script for script in scripts(VIEWS)}
    wanted = {f"chart_{name}" for name in charts} or set(files)
    more = {name for name in files if any(f"{name}(" in files[view].text for view in wanted)}
    return [
        files[name].statements[0] for name in sorted(wanted | more) if CLOCK in files[name].text
    ]
