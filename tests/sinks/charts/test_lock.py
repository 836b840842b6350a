"""Who migrates holds the lock for as long as it lives, and no longer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import active_count

import pytest
from clickhouse_connect.driver.client import Client
from structlog.testing import capture_logs

from sinks.charts.engine import Engine
from sinks.charts.lock import locked
from sinks.charts.migrations import migrate
from streams.observe import clock

LOCK = "CREATE TABLE schema_lock (held Bool) ENGINE = Memory"
TAKEN_UP = {
    "event": "migration_taken_up",
    "log_level": "warning",
    "why": "the process that was at it died",
}


@pytest.fixture
def client(empty_clickhouse: Engine) -> Iterator[Client]:
    made = empty_clickhouse.client()
    yield made
    made.close()


def locks(client: Client) -> int:
    return int(client.query("EXISTS TABLE schema_lock").first_row[0])


def test_one_that_migrates_for_longer_than_a_lock_lasts_is_not_taken_for_dead(
    empty_clickhouse: Engine, tmp_path: Path
) -> None:
    """Whoever comes meanwhile waits, and then has nothing to do."""
    (tmp_path / "0001_slow.sql").write_text(
        "CREATE TABLE a (n Int64) ENGINE = MergeTree ORDER BY n;\n"
        + "INSERT INTO a SELECT sleep(1.2);\n" * 3
    )
    work = partial(
        migrate,
        now=clock.now(),
        migrations=tmp_path,
        views=tmp_path / "none",
        stale=timedelta(seconds=3),
        beside=empty_clickhouse.client,
    )
    clients = [empty_clickhouse.client() for _ in range(2)]
    with ThreadPoolExecutor(2) as threads, capture_logs() as logged:
        applied = list(threads.map(work, clients))
    assert sorted(map(len, applied)) == [0, 1]
    assert TAKEN_UP not in logged
    assert clients[0].query("SELECT count() FROM a").first_row == (3,)
    assert locks(clients[0]) == 0
    for one in clients:
        one.close()


def test_where_nobody_else_can_come_a_lock_that_was_left_costs_no_time(client: Client) -> None:
    client.command(LOCK)
    started = clock.monotonic()
    with capture_logs() as logged, locked(client, timedelta()):
        assert clock.monotonic() - started < 1
    assert logged == [TAKEN_UP]
    assert locks(client) == 0


def test_a_lock_that_somebody_took_away_meanwhile_is_told_and_what_was_begun_goes_on(
    empty_clickhouse: Engine, client: Client
) -> None:
    with (
        capture_logs() as logged,
        locked(client, timedelta(milliseconds=300), empty_clickhouse.client),
    ):
        client.command("DROP TABLE schema_lock SYNC")
        client.command("SELECT sleep(0.5)")
    assert {line["event"] for line in logged} == {"lock_not_renewed"}


def test_renewing_ends_with_what_it_was_for(empty_clickhouse: Engine, client: Client) -> None:
    before = active_count()
    with pytest.raises(ValueError, match="a migration"):
        _fail_in_it(empty_clickhouse, client)
    assert active_count() == before
    assert locks(client) == 0


def _fail_in_it(clickhouse: Engine, client: Client) -> None:
    with locked(client, timedelta(seconds=6), clickhouse.client):
        raise ValueError("a migration that is wrong")
