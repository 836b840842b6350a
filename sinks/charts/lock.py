"""One migrates at a time, and one rebuilds: a table that only one of several can create.

ClickHouse has no lock to ask for, but of two CREATE TABLE of one name one fails. Who holds it says
so again and again, through a connection of its own: a migration may take hours. Who dies while
holding it leaves it behind; what nobody renewed for `stale` the next one takes.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event

import structlog
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from sinks.charts.engine import our_errors
from streams.contracts.errors import StoreNotificationsError, TransientError

STALE = timedelta(minutes=1)
_RENEWALS = 6  # until it were stale: some may fail
_LOOK_EVERY = 0.2  # seconds
_AGE = """
SELECT dateDiff('second', metadata_modification_time, now()) FROM system.tables
WHERE database = currentDatabase() AND name = {table:String}
"""
_log = structlog.get_logger()
Connect = Callable[[], Client]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """`table`: which stands for it; `work`: what whoever holds it does."""

    table: str
    work: str

    @property
    def held(self) -> str:
        return f"COMMENT 'a process is at a {self.work}'"


MIGRATION = Lock(table="schema_lock", work="migration")
REBUILD = Lock(table="rebuild_lock", work="rebuild")


@contextmanager
def locked(
    client: Client,
    stale: timedelta = STALE,
    beside: Connect | None = None,
    *,
    lock: Lock = MIGRATION,
    wait: bool = True,
) -> Iterator[None]:
    """Inside, nobody else is. Wait for whoever is, or raise TransientError when not to `wait`.

    `beside`: opens the connection through which it is renewed; None where nobody else can come.
    """
    while not _taken(client, lock):
        found = client.query(_AGE, parameters={"table": lock.table}).result_rows
        if not stale or (found and found[0][0] >= stale.total_seconds()):
            _log.warning(f"{lock.work}_taken_up", why="the process that was at it died")
            _give(client, lock)
        elif found and not wait:
            raise TransientError(
                f"another process is at a {lock.work}: wait until it has ended, or for"
                f" {stale.total_seconds():.0f} s if it died"
            )
        else:
            time.sleep(_LOOK_EVERY)
    try:
        if beside is None:
            yield
        else:
            with _renewed(beside(), stale / _RENEWALS, lock):
                yield
    finally:
        _give(client, lock)


def _taken(client: Client, lock: Lock) -> bool:
    try:
        client.command(f"CREATE TABLE {lock.table} (held Bool) ENGINE = Memory {lock.held}")
    except DatabaseError as error:
        if error.name != "TABLE_ALREADY_EXISTS":
            raise
        return False
    return True


def _give(client: Client, lock: Lock) -> None:
    client.command(f"DROP TABLE IF EXISTS {lock.table} SYNC")


@contextmanager
def _renewed(client: Client, every: timedelta, lock: Lock) -> Iterator[None]:
    ended = Event()
    with ThreadPoolExecutor(1, thread_name_prefix="lock") as thread:
        renewing = thread.submit(_renew, client, every, lock, ended)
        try:
            yield
        finally:
            ended.set()
        renewing.result()


def _renew(client: Client, every: timedelta, lock: Lock, ended: Event) -> None:
    """What fails is made good by the next time."""
    try:
        while not ended.wait(every.total_seconds()):
            try:
                with our_errors(f"renewing the lock of a {lock.work}"):
                    client.command(f"ALTER TABLE {lock.table} MODIFY {lock.held}")
            except StoreNotificationsError as error:
                _log.warning("lock_not_renewed", reason=str(error))
    finally:
        client.close()
