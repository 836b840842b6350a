"""Several charts processes beside a server: one rebuilds, the others see whether it lives."""

from collections.abc import Iterator
from datetime import timedelta
from time import sleep

import pytest
from clickhouse_connect.driver.client import Client
from structlog.testing import capture_logs

from sinks.charts.engine import Engine
from sinks.charts.rebuild import REBUILT, Tables
from sinks.charts.writer import Writer
from streams.contracts.errors import TransientError
from streams.observe import clock
from tests.sinks.charts.asking import table, tell
from tests.sinks.charts.lives import lives

STALE = timedelta(seconds=2)
LEFT = "CREATE TABLE rebuild_lock (held Bool) ENGINE = Memory"


@pytest.fixture
def both(clickhouse: Engine, client: Client, writer: Writer) -> Iterator[tuple[Tables, Tables]]:
    """Two processes that could rebuild what is there."""
    tell(writer, lives(4, 5, clock.now()))
    client.command(f"DROP TABLE IF EXISTS {REBUILT} SYNC")
    made = [Tables(clickhouse.client(), clickhouse.client, STALE) for _ in range(2)]
    yield made[0], made[1]
    for one in made:
        one.close()
    client.command(f"DROP TABLE IF EXISTS {REBUILT} SYNC")


def test_a_second_one_is_told_to_wait_for_as_long_as_the_first_lives(
    both: tuple[Tables, Tables],
) -> None:
    """However long nothing is written."""
    first, second = both
    parts = first.begin()
    sleep(STALE.total_seconds() * 1.5)
    with pytest.raises(TransientError, match="another process is at a rebuild"):
        second.begin()

    first.fold(0, parts)
    first.swap()
    first.finish()
    first.close()
    assert second.begin() == parts


def test_one_that_was_killed_is_taken_for_dead_when_it_has_not_said_so_for_a_while(
    client: Client, both: tuple[Tables, Tables]
) -> None:
    _, second = both
    client.command(LEFT)
    client.command(f"CREATE TABLE {REBUILT} AS subscriptions")
    client.command(f"INSERT INTO {REBUILT} SELECT * FROM subscriptions")
    with pytest.raises(TransientError, match="for 2 s if it died"):
        second.begin()

    sleep(STALE.total_seconds())
    with capture_logs() as logged:
        second.begin()
    assert [line["event"] for line in logged] == ["rebuild_taken_up", "unfinished_rebuild_dropped"]


def test_one_that_was_taken_for_dead_and_comes_to_life_swaps_nothing(
    client: Client, both: tuple[Tables, Tables]
) -> None:
    """It would put a table in place that the other has filled in part only."""
    first, second = both
    before = table(client, "subscriptions")
    parts = first.begin()
    client.command("DROP TABLE rebuild_lock SYNC")
    second.begin()
    first.fold(0, parts)

    with pytest.raises(TransientError, match="begun subscriptions_rebuilt anew"):
        first.swap()
    second.fold(0, parts)
    second.swap()
    second.finish()
    assert table(client, "subscriptions") == before
