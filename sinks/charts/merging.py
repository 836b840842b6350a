"""Keeps most rows of `subscriptions` in one part: what charts leave out as replaced (view `superseded`)
is looked for in the others, and ClickHouse leaves parts of about one size beside each other.
"""

import asyncio
from datetime import timedelta
from enum import StrEnum

import structlog
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

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
# Else it ends without a word when it could not begin; and one that is in one part already is not written again.
_TELL = {"optimize_throw_if_noop": 1, "optimize_skip_merged_partitions": 1}
_log = structlog.get_logger()


class Merge(StrEnum):
    """What was found after one. LEFT: there is still too much beside the largest part."""

    NEEDLESS = "needless"
    DONE = "done"
    LEFT = "left"


def merge(client: Client, table: str = SUBSCRIPTIONS) -> Merge:
    """Make one part of it, if too much is beside the largest. Blocking."""
    with our_errors(f"merging {table}"):
        if not _much_aside(client, table):
            return Merge.NEEDLESS
        optimize(client, f"OPTIMIZE TABLE {table} FINAL")
        return Merge.LEFT if _much_aside(client, table) else Merge.DONE


def optimize(client: Client, statement: str) -> None:
    """An OPTIMIZE: readers are faster for it and nothing else, so what keeps it from ending is told and
    fails nobody. Other merges may go on for longer than it waits (two minutes); a server says nothing
    while it merges, so a connection may end before it (after five), and it goes on there.
    """
    try:
        client.command(statement, settings=_TELL)
    except OperationalError as error:
        _log.warning("merge_goes_on_unseen", why=str(error))
    except DatabaseError as error:
        if error.name != "CANNOT_ASSIGN_OPTIMIZE":
            raise
        _log.warning("merge_did_not_begin", why=str(error))


def _much_aside(client: Client, table: str) -> bool:
    rows, largest = client.query(_ROWS, parameters={"table": table}).first_row
    return bool(rows - largest > max(FEW, rows * MOST_ASIDE))


class Merging:
    """From time to time, beside reading and writing."""

    def __init__(self, clickhouse: Engine) -> None:
        self._clickhouse = clickhouse

    async def keep(self) -> None:
        """For ever. What fails is made good by the next time."""
        while True:
            try:
                await asyncio.to_thread(self.once)
            except StoreNotificationsError as error:
                _log.warning("merge_failed", reason=str(error))
            await asyncio.sleep(_EVERY.total_seconds())

    def once(self) -> None:
        """Blocking; says in the log what is true afterwards."""
        client = self._clickhouse.client()
        started = clock.monotonic()
        try:
            outcome = merge(client)
            if outcome is not Merge.NEEDLESS:
                seconds = round(clock.monotonic() - started, 1)
                name = "merged" if outcome is Merge.DONE else "merge_left"
                _log.info(name, table=SUBSCRIPTIONS, seconds=seconds)
        finally:
            client.close()
