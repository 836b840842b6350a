"""One migrates at a time: a table that only one of several can create.

ClickHouse has no lock to ask for, but of two CREATE TABLE of one name one fails. Who dies while
holding it leaves it behind; after `stale` the next one takes it. Migrations can be applied again,
so two that meet by that do no harm.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

STALE = timedelta(minutes=10)  # longer than any migration takes
_LOOK_EVERY = 0.2  # seconds
_TAKE = "CREATE TABLE schema_lock (held Bool) ENGINE = Memory COMMENT 'a process is migrating'"
_GIVE = "DROP TABLE IF EXISTS schema_lock SYNC"
_AGE = """
SELECT dateDiff('second', metadata_modification_time, now()) FROM system.tables
WHERE database = currentDatabase() AND name = 'schema_lock'
"""


@contextmanager
def locked(client: Client, stale: timedelta = STALE) -> Iterator[None]:
    """Inside, nobody else is. Wait for whoever is."""
    while not _taken(client):
        found = client.query(_AGE).result_rows
        if found and found[0][0] >= stale.total_seconds():
            client.command(_GIVE)
        else:
            time.sleep(_LOOK_EVERY)
    try:
        yield
    finally:
        client.command(_GIVE)


def _taken(client: Client) -> bool:
    try:
        client.command(_TAKE)
    except DatabaseError as error:
        if error.name != "TABLE_ALREADY_EXISTS":
            raise
        return False
    return True
