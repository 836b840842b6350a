"""Migrations: once, in order, never changed; views afresh at every start."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts.engine import Engine, QueryError
from sinks.charts.migrations import MIGRATIONS, VIEWS, Script, migrate, scripts
from streams.contracts.errors import ConfigError
from streams.observe import clock
from tests.sinks.charts.asking import TABLES


@pytest.fixture
def fresh(empty_clickhouse: Engine) -> Iterator[Client]:
    client = empty_clickhouse.client()
    yield client
    client.close()


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Migrations and views of a test's own."""
    migrations, views = tmp_path / "migrations", tmp_path / "views"
    migrations.mkdir()
    views.mkdir()
    (migrations / "0001_a.sql").write_text(
        "CREATE TABLE a (n Int64) ENGINE = MergeTree ORDER BY n;\n"
    )
    (views / "v.sql").write_text("CREATE OR REPLACE VIEW v AS SELECT n FROM a;\n")
    return migrations, views


def test_an_empty_clickhouse_gets_every_table_and_view(fresh: Client) -> None:
    applied = migrate(fresh, clock.now())
    assert applied == [script.name for script in scripts(MIGRATIONS)]
    there = {row[0] for row in fresh.query("SHOW TABLES").result_rows}
    assert there >= {*TABLES, "schema_migrations", "chart_mrr", "chart_active_subscriptions"}


def test_what_was_applied_is_not_applied_again(fresh: Client) -> None:
    migrate(fresh, clock.now())
    fresh.command("ALTER TABLE mrr_durations DELETE WHERE 1 SETTINGS mutations_sync = 1")
    assert migrate(fresh, clock.now()) == []
    assert fresh.query("SELECT count() FROM mrr_durations").first_row[0] == 0


def test_every_migration_can_be_applied_again_after_a_crash_in_the_middle(fresh: Client) -> None:
    """DDL knows no transaction: a file may have been applied in part and not recorded."""
    migrate(fresh, clock.now())
    fresh.command("TRUNCATE TABLE schema_migrations")
    assert migrate(fresh, clock.now()) == [script.name for script in scripts(MIGRATIONS)]
    assert fresh.query("SELECT count() FROM mrr_durations FINAL").first_row[0] == 12


def test_a_changed_applied_file_is_refused_by_its_name(
    fresh: Client, folders: tuple[Path, Path]
) -> None:
    migrate(fresh, clock.now(), *folders)
    (folders[0] / "0001_a.sql").write_text("CREATE TABLE b (n Int64) ENGINE = Memory;\n")
    with pytest.raises(ConfigError, match=r"0001_a\.sql was changed after it was applied"):
        migrate(fresh, clock.now(), *folders)
    assert {row[0] for row in fresh.query("SHOW TABLES").result_rows} == {
        *("a", "v", "schema_migrations")
    }


def test_a_new_file_is_applied_alone(fresh: Client, folders: tuple[Path, Path]) -> None:
    migrate(fresh, clock.now(), *folders)
    (folders[0] / "0002_b.sql").write_text("INSERT INTO a VALUES (7);\n")
    assert migrate(fresh, clock.now(), *folders) == ["0002_b.sql"]
    assert migrate(fresh, clock.now(), *folders) == []
    assert fresh.query("SELECT n FROM v").result_rows == [(7,)]


def test_views_are_what_their_files_say_at_each_start(
    fresh: Client, folders: tuple[Path, Path]
) -> None:
    migrate(fresh, clock.now(), *folders)
    (folders[1] / "v.sql").write_text("CREATE OR REPLACE VIEW v AS SELECT 42 AS n;\n")
    assert migrate(fresh, clock.now(), *folders) == []
    assert fresh.query("SELECT n FROM v").result_rows == [(42,)]


def test_a_migration_that_fails_is_not_recorded(fresh: Client, folders: tuple[Path, Path]) -> None:
    (folders[0] / "0002_wrong.sql").write_text("CREATE TABLE c (n Nothingness) ENGINE = Memory;\n")
    with pytest.raises(QueryError):
        migrate(fresh, clock.now(), *folders)
    names = fresh.query("SELECT name FROM schema_migrations").result_rows
    assert names == [("0001_a.sql",)]


def test_of_several_that_start_at_once_one_migrates_and_the_others_wait(
    empty_clickhouse: Engine, folders: tuple[Path, Path]
) -> None:
    (folders[0] / "0002_once.sql").write_text(
        "INSERT INTO a SELECT sleep(0.3);\nINSERT INTO a SELECT count() FROM a;\n"
    )
    clients = [empty_clickhouse.client() for _ in range(3)]
    with ThreadPoolExecutor(3) as threads:
        applied = list(threads.map(lambda one: migrate(one, clock.now(), *folders), clients))
    assert sorted(map(len, applied)) == [0, 0, 2]
    assert clients[0].query("SELECT count() FROM a").first_row[0] == 2
    for one in clients:
        one.close()


def test_the_lock_of_one_that_died_is_taken_when_it_is_old(
    fresh: Client, folders: tuple[Path, Path]
) -> None:
    fresh.command("CREATE TABLE schema_lock (held Bool) ENGINE = Memory")
    started = clock.monotonic()
    migrate(fresh, clock.now(), *folders, stale=timedelta(seconds=2))
    assert clock.monotonic() - started > 0.9, "it waited"
    assert fresh.query("SELECT count() FROM v").first_row[0] == 0


def test_the_lock_is_given_back_when_a_migration_fails(
    fresh: Client, folders: tuple[Path, Path]
) -> None:
    (folders[0] / "0002_wrong.sql").write_text("CREATE TABLE c (n Nothingness) ENGINE = Memory;\n")
    with pytest.raises(QueryError):
        migrate(fresh, clock.now(), *folders)
    (folders[0] / "0002_wrong.sql").unlink()
    started = clock.monotonic()
    assert migrate(fresh, clock.now(), *folders) == []
    assert clock.monotonic() - started < 60


def test_statements_are_cut_at_a_semicolon_that_ends_a_line() -> None:
    script = Script(name="x", text="SELECT ';';\n-- a; comment\nSELECT 2;\n\n")
    assert script.statements == ["SELECT ';'", "-- a; comment\nSELECT 2"]


def test_files_are_numbered_without_double() -> None:
    numbers = [int(script.name[:4]) for script in scripts(MIGRATIONS)]
    assert numbers == sorted(set(numbers))


def test_each_view_file_makes_the_view_of_its_name() -> None:
    for script in scripts(VIEWS):
        if script.name == "calendar.sql":  # it makes the functions that they are written in
            continue
        assert f"CREATE OR REPLACE VIEW {script.name.removesuffix('.sql')} AS" in script.text
