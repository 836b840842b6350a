"""Keeps most rows of `subscriptions` in one part: what charts leave out as replaced (view `superseded`)
is looked for in the others, and ClickHouse leaves parts of about one size beside each other.
"""

from enum import StrEnum

import structlog
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from sinks.charts.engine import our_errors
from sinks.charts.writer import SUBSCRIPTIONS

# Of the largest part's rows those that a newer one replaces are in nearly every place of it: with 1.8 million
# rows a thousandth of them cost a chart 150 ms, none 20. To make one part takes 12 s of CPU, to sum it 50.
MOST_ASIDE = 0.0005  # of the rows
FEW = 1_000  # rows aside that are looked through in no time
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
