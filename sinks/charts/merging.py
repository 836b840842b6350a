"""Keeps most rows of `subscriptions` in one part: what charts leave out as replaced (view `superseded`)
is looked for in the others, and ClickHouse leaves parts of about one size beside each other.
"""

import asyncio
from datetime import timedelta

import structlog
from clickhouse_connect.driver.client import Client

from sinks.charts.engine import Engine, our_errors
from sinks.charts.writer import SUBSCRIPTIONS
from streams.contracts.errors import StoreNotificationsError
from streams.observe import clock

# Seen with 1.8 million rows: five sixths of them aside take 2.3 s of CPU to look through, none 16 ms.
MOST_ASIDE = 0.1  # of the rows
FEW = 50_000  # rows aside that are looked through in no time
_EVERY = timedelta(minutes=5)
_ROWS = """
SELECT sum(rows), max(rows) FROM system.parts
WHERE active AND database = currentDatabase() AND table = {table:String}
"""
_log = structlog.get_logger()


def merge(client: Client, table: str = SUBSCRIPTIONS) -> bool:
    """Make one part of it, if too much is beside the largest; whether that was so. Blocking."""
    with our_errors(f"merging {table}"):
        rows, largest = client.query(_ROWS, parameters={"table": table}).first_row
        if rows - largest <= max(FEW, rows * MOST_ASIDE):
            return False
        client.command(f"OPTIMIZE TABLE {table} FINAL")
    return True


class Merging:
    """From time to time, beside reading and writing."""

    def __init__(self, clickhouse: Engine) -> None:
        self._clickhouse = clickhouse

    async def keep(self) -> None:
        """For ever. What fails is made good by the next time."""
        while True:
            try:
                await asyncio.to_thread(self._merge)
            except StoreNotificationsError as error:
                _log.warning("merge_failed", reason=str(error))
            await asyncio.sleep(_EVERY.total_seconds())

    def _merge(self) -> None:
        client = self._clickhouse.client()
        started = clock.monotonic()
        try:
            if merge(client):
                _log.info(
                    "merged", table=SUBSCRIPTIONS, seconds=round(clock.monotonic() - started, 1)
                )
        finally:
            client.close()
