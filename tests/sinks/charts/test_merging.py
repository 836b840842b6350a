"""`subscriptions` does not stay in many parts, which charts would have to look through."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import OperationalError
from structlog.testing import capture_logs

from sinks.charts import merging
from sinks.charts.engine import Engine
from sinks.charts.merging import Merge, merge
from sinks.charts.migrations import migrate
from sinks.charts.tidying import Tidying
from streams.observe import clock

COLUMNS = ("app_id", "environment", "sub_key", "version")
PARTS = """
SELECT count() FROM system.parts
WHERE active AND database = currentDatabase() AND table = 'subscriptions'
"""


def insert(client: Client, keys: range, version: int = 1) -> None:
    rows = [["tide", "PRODUCTION", key, version] for key in keys]
    client.insert("subscriptions", rows, column_names=COLUMNS)


def parts(client: Client) -> int:
    return int(client.query(PARTS).first_row[0])


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "FEW", 10)


def test_parts_of_one_size_become_one(client: Client) -> None:
    for at in range(0, 600, 200):
        insert(client, range(at, at + 200))
    assert parts(client) > 1

    assert merge(client) is Merge.DONE
    assert parts(client) == 1
    assert client.query("SELECT count() FROM subscriptions").first_row == (600,)


def test_what_is_replaced_is_gone_then(client: Client) -> None:
    insert(client, range(500))
    insert(client, range(100), version=2)

    assert merge(client) is Merge.DONE
    assert client.query("SELECT count(), sum(version) FROM subscriptions").first_row == (500, 600)


def test_a_little_beside_a_large_part_stays(client: Client) -> None:
    insert(client, range(500))
    insert(client, range(8), version=2)
    before = parts(client)

    assert merge(client) is Merge.NEEDLESS
    assert parts(client) == before


def test_a_table_of_nothing_is_left_alone(client: Client) -> None:
    assert merge(client) is Merge.NEEDLESS


@pytest.fixture
def busy(client: Client) -> Iterator[None]:
    """Three parts of 200 rows, each being written again for two seconds; merging waits for one."""
    wait = "lock_acquire_timeout_for_background_operations"
    client.command(f"ALTER TABLE subscriptions MODIFY SETTING {wait} = 1")
    for at in range(0, 600, 200):
        insert(client, range(at, at + 200))
    client.command(
        "ALTER TABLE subscriptions DELETE WHERE sleepEachRow(0.01) = 1",
        settings={"mutations_sync": 0, "allow_nondeterministic_mutations": 1},
    )
    yield
    client.command(f"ALTER TABLE subscriptions RESET SETTING {wait}")


@pytest.mark.usefixtures("busy")
def test_what_others_kept_from_being_merged_is_not_said_to_be_merged(client: Client) -> None:
    with capture_logs() as logged:
        assert merge(client) is Merge.LEFT
    (told,) = logged
    assert told["event"] == "merge_did_not_begin"
    assert "already running merges" in told["why"]
    assert parts(client) == 3


@pytest.mark.usefixtures("busy")
def test_the_log_says_merged_once_it_is(clickhouse: Engine, client: Client) -> None:
    tidying, before = Tidying(clickhouse), 0
    with capture_logs() as logged:
        while "merged" not in {line["event"] for line in logged}:
            before = parts(client)
            tidying.once()
    assert [line["event"] for line in logged[:2]] == ["merge_did_not_begin", "merge_left"]
    assert (before, parts(client)) == (3, 1)


class Impatient:
    """A connection that ends while the server merges, as clickhouse-connect tells it after five minutes."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.query, self.insert = client.query, client.insert

    def command(self, statement: str, settings: dict[str, int] | None = None) -> object:
        done = self._client.command(statement, settings=settings)
        if "OPTIMIZE" in statement:
            raise OperationalError(
                "Error executing HTTP request: Read timed out. (read timeout=300)"
            )
        return done


def test_a_connection_that_ends_before_the_merge_fails_nobody(client: Client) -> None:
    for at in range(0, 600, 200):
        insert(client, range(at, at + 200))

    with capture_logs() as logged:
        assert merge(cast("Client", Impatient(client))) is Merge.DONE
    assert [line["event"] for line in logged] == ["merge_goes_on_unseen"]
    assert parts(client) == 1


def test_a_migration_whose_merge_takes_longer_than_the_connection_is_applied_once(
    empty_clickhouse: Engine, tmp_path: Path
) -> None:
    (tmp_path / "0001_merged.sql").write_text(
        "CREATE TABLE a (n Int64) ENGINE = MergeTree ORDER BY n;\n"
        "INSERT INTO a SELECT 1;\n"
        "-- Whoever reads it looks at one part.\nOPTIMIZE TABLE a FINAL;\n"
        "INSERT INTO a SELECT 2;\n"
    )
    opened = empty_clickhouse.client()
    impatient = cast("Client", Impatient(opened))
    nothing = tmp_path / "none"

    applied = [migrate(impatient, clock.now(), tmp_path, nothing) for _ in range(2)]
    assert applied == [["0001_merged.sql"], []]
    assert opened.query("SELECT sum(n), count() FROM a").first_row == (3, 2)
    opened.close()
