"""The views as they are but for their clock: it stands, so that what a chart says can be said beforehand."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from clickhouse_connect.driver.client import Client

from sinks.charts.migrations import VIEWS, scripts

CLOCK = "now('UTC')"


@contextmanager
def frozen(client: Client, moment: datetime) -> Iterator[None]:
    """Inside, charts are asked at `moment`."""
    _apply(client, f"toDateTime('{moment:%Y-%m-%d %H:%M:%S}', 'UTC')")
    try:
        yield
    finally:
        _apply(client, CLOCK)


def _apply(client: Client, clock: str) -> None:
    for script in scripts(VIEWS):
        for statement in script.statements:
            client.command(statement.replace(CLOCK, clock))
