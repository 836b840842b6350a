"""What a start of ClickHouse found: changes to go on with, parts to put aside. The log says so."""

import structlog
from clickhouse_connect.driver.client import Client

from sinks.charts.engine import our_errors

# Not what it is: the statement of an erasure names the customer.
_MUTATIONS = """
SELECT table, count() FROM system.mutations WHERE database = currentDatabase() AND NOT is_done
GROUP BY table ORDER BY table
"""
# What it merged them from it takes instead, while it has that: for 8 minutes after the merge.
_PUT_ASIDE = """
SELECT table, count() FROM system.detached_parts
WHERE database = currentDatabase() AND reason = 'broken-on-start' GROUP BY table ORDER BY table
"""
_log = structlog.get_logger()


def tell_unfinished(client: Client) -> None:
    """Which tables had deletes or updates under way. Asked first: small ones are over in no time."""
    with our_errors("asking what is unfinished"):
        found = client.query(_MUTATIONS).result_rows
    if found:
        _log.warning("unfinished_changes_taken_up", tables=dict(found))


def tell_put_aside(client: Client) -> None:
    """Which tables had parts that could not be read; they stay aside, and are told of, until removed."""
    with our_errors("asking what was put aside"):
        found = client.query(_PUT_ASIDE).result_rows
    if found:
        _log.warning(
            "unreadable_parts_put_aside",
            tables=dict(found),
            do="rows may be missing: python -m sinks charts reread --from DAY; then remove"
            " detached/broken-on-start_* of the tables",
        )
