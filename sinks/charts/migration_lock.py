"""One migrates at a time: a table that only one of several can create.

ClickHouse has no lock to ask for, but of two CREATE TABLE of one name one fails. Who holds it says
so again and again, through a connection of its own: a migration may take hours. Who dies while
holding it leaves it behind; what nobody renewed for `stale` the next one takes.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event

import structlog
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from sinks.charts.engine import our_errors
from streams.contracts.errors import StoreNotificationsError

STALE = timedelta(minutes=1)
_RENEWALS = 6  # until it were stale: some may fail
_LOOK_EVERY = 0.2  # seconds
_HELD = "COMMENT 'a process is migrating'"
_TAKE = f"CREATE TABLE schema_lock (held Bool) ENGINE = Memory {_HELD}"
_RENEW = f"ALTER TABLE schema_lock MODIFY {_HELD}"
_GIVE = "DROP TABLE IF EXISTS schema_lock SYNC"
_AGE = """
SELECT dateDiff('second', metadata_modification_time, now()) FROM system.tables
WHERE database = currentDatabase() AND name = 'schema_lock'
"""
_log = structlog.get_logger()
Connect = Callable[[], Client]


@contextmanager
def locked(
    client: Client, stale: timedelta = STALE, beside: Connect | None = None
) -> Iterator[None]:
    """Inside, nobody else is. Wait for whoever is.

    `beside`: opens the connection through which it is renewed; None where nobody else can come.
    """
    while not _taken(client):
        found = client.query(_AGE).result_rows
        if not stale or (found and found[0][0] >= stale.total_seconds()):
            _log.warning("migration_taken_up", why="the process that was migrating died")
            client.command(_GIVE)
        else:
            time.sleep(_LOOK_EVERY)
    try:
        if beside is None:
            yield
        else:
            with _renewed(beside(), stale / _RENEWALS):
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


@contextmanager
def _renewed(client: Client, every: timedelta) -> Iterator[None]:
    ended = Event()
    with ThreadPoolExecutor(1, thread_name_prefix="lock") as thread:
        renewing = thread.submit(_renew, client, every, ended)
        try:
            yield
        finally:
            ended.set()
        renewing.result()


def _renew(client: Client, every: timedelta, ended: Event) -> None:
    """What fails is made good by the next time."""
    try:
        while not ended.wait(every.total_seconds()):
            try:
                with our_errors("renewing the migration's lock"):
                    client.command(_RENEW)
            except StoreNotificationsError as error:
                _log.warning("lock_not_renewed", reason=str(error))
    finally:
        client.close()
