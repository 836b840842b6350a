"""`subscriptions` is made again by a migration: no row is lost or changed, wherever it is cut off."""

from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts.engine import Engine
from sinks.charts.migrations import MIGRATIONS, migrate, scripts
from sinks.charts.writer import Writer
from streams.observe import clock
from tests.sinks.charts.asking import tell
from tests.sinks.charts.lives import lives

NAME = "0016_read_faster.sql"
SCRIPT = next(script for script in scripts(MIGRATIONS) if script.name == NAME)
ROWS = "SELECT * FROM subscriptions FINAL ORDER BY app_id, environment, sub_key"
PLAIN = """
SELECT name FROM system.columns
WHERE database = currentDatabase() AND table = 'subscriptions' AND compression_codec = 'CODEC(NONE)'
"""


@pytest.fixture
def before(empty_clickhouse: Engine, tmp_path: Path) -> Client:
    """A database as it was, with some lives folded in it, each told in two parts. What views of today
    ask for besides is there."""
    for script in scripts(MIGRATIONS):
        if script.name != NAME:
            (tmp_path / script.name).write_text(script.text)
    client = empty_clickhouse.client({"async_insert": 0})
    migrate(client, clock.now(), migrations=tmp_path)
    events = lives(16, 40, clock.now())
    tell(Writer(client), events[::2])
    tell(Writer(client), events[1::2])
    return client


def rows(client: Client) -> list[tuple[Any, ...]]:
    return list(client.query(ROWS).result_rows)


@pytest.mark.parametrize("done", range(len(SCRIPT.statements)))
def test_no_row_is_lost_or_changed_wherever_it_was_cut_off(before: Client, done: int) -> None:
    """`done` of its statements, then all of them."""
    known = rows(before)
    assert len(known) > 20
    for statement in SCRIPT.statements[:done]:
        before.command(statement)
    assert migrate(before, clock.now()) == [NAME]
    assert rows(before) == known
    made = before.query("SHOW CREATE TABLE subscriptions").first_row[0]
    assert "index_granularity = 1024" in made, "it is the new table"
    there = {row[0] for row in before.query("SHOW TABLES").result_rows}
    assert "subscriptions_copied" not in there


def test_what_an_older_process_writes_between_the_copy_and_the_exchange_is_there(
    before: Client,
) -> None:
    copied = next(n for n, text in enumerate(SCRIPT.statements) if text.startswith("EXCHANGE"))
    for statement in SCRIPT.statements[:copied]:
        before.command(statement)
    tell(Writer(before), lives(17, 10, clock.now()))
    known = rows(before)
    for statement in SCRIPT.statements[copied:]:
        before.command(statement)
    assert rows(before) == known


def test_nothing_is_there_twice_and_times_and_amounts_are_not_compressed(before: Client) -> None:
    written = before.query("SELECT count() FROM subscriptions").first_row[0]
    migrate(before, clock.now())
    assert before.query("SELECT count() FROM subscriptions").first_row[0] <= written
    plain = {row[0] for row in before.query(PLAIN).result_rows}
    assert plain >= {"last_end", "periods.started_at", "periods.ended_at", "periods.mrr_usd_micros"}
