"""What a killed process left for ClickHouse to do: it goes on with it by itself, and the log says so."""

import structlog
from clickhouse_connect.driver.client import Client

from sinks.charts.engine import our_errors

# Not what it is: the statement of an erasure names the customer.
_MUTATIONS = """
SELECT table, count() FROM system.mutations WHERE database = currentDatabase() AND NOT is_done
GROUP BY table ORDER BY table
"""
_log = structlog.get_logger()


def tell_unfinished(client: Client) -> None:
    """Which tables had deletes or updates under way. Asked first: small ones are over in no time."""
    with our_errors("asking what is unfinished"):
        found = client.query(_MUTATIONS).result_rows
    if found:
        _log.warning("unfinished_changes_taken_up", tables=dict(found))
