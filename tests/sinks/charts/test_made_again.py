"""`subscriptions` is made again by two migrations: no row is lost or changed, wherever one is cut off."""

from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts.engine import Engine
from sinks.charts.migrations import MIGRATIONS, Script, migrate, scripts
from sinks.charts.writer import Writer
from streams.observe import clock
from tests.sinks.charts.asking import tell
from tests.sinks.charts.lives import lives

FASTER, CLOSER = (
    script
    for script in scripts(MIGRATIONS)
    if script.name in {"0016_read_faster.sql", "0020_closer_marks.sql"}
)
# How their table is told from the one before.
MADE = {
    FASTER.name: "index_granularity = 1024",
    CLOSER.name: "index_granularity = 128, min_compress_block_size = 8192",
}
CUTS = [(script, done) for script in (FASTER, CLOSER) for done in range(len(script.statements))]
ROWS = "SELECT * FROM subscriptions FINAL ORDER BY app_id, environment, sub_key"
PLAIN = """
SELECT name FROM system.columns
WHERE database = currentDatabase() AND table = 'subscriptions' AND compression_codec = 'CODEC(NONE)'
"""


@pytest.fixture
def before(empty_clickhouse: Engine, tmp_path: Path, again: Script) -> Client:
    """A database as it was before `again`, with some lives folded in it, each told in two parts. What views
    of today ask for besides is there."""
    for script in scripts(MIGRATIONS):
        if script.name not in MADE or script.name < again.name:
            (tmp_path / script.name).write_text(script.text)
    client = empty_clickhouse.client({"async_insert": 0})
    migrate(client, clock.now(), migrations=tmp_path)
    events = lives(16, 40, clock.now())
    tell(Writer(client), events[::2])
    tell(Writer(client), events[1::2])
    return client


def rows(client: Client) -> list[tuple[Any, ...]]:
    return list(client.query(ROWS).result_rows)


@pytest.mark.parametrize(("again", "done"), CUTS)
def test_no_row_is_lost_or_changed_wherever_it_was_cut_off(
    before: Client, again: Script, done: int
) -> None:
    """`done` of its statements, then all of them."""
    known = rows(before)
    assert len(known) > 20
    for statement in again.statements[:done]:
        before.command(statement)
    assert migrate(before, clock.now()) == [name for name in MADE if name >= again.name]
    assert rows(before) == known
    made = before.query("SHOW CREATE TABLE subscriptions").first_row[0]
    assert MADE[CLOSER.name] in made, "it is the new table"
    there = {row[0] for row in before.query("SHOW TABLES").result_rows}
    assert "subscriptions_copied" not in there


@pytest.mark.parametrize("again", [FASTER, CLOSER])
def test_what_an_older_process_writes_between_the_copy_and_the_exchange_is_there(
    before: Client, again: Script
) -> None:
    copied = next(n for n, text in enumerate(again.statements) if text.startswith("EXCHANGE"))
    for statement in again.statements[:copied]:
        before.command(statement)
    tell(Writer(before), lives(17, 10, clock.now()))
    known = rows(before)
    for statement in again.statements[copied:]:
        before.command(statement)
    assert rows(before) == known
    assert MADE[again.name] in before.query("SHOW CREATE TABLE subscriptions").first_row[0]


@pytest.mark.parametrize("again", [FASTER, CLOSER])
def test_nothing_is_there_twice_and_times_and_amounts_are_not_compressed(before: Client) -> None:
    written = before.query("SELECT count() FROM subscriptions").first_row[0]
    migrate(before, clock.now())
    assert before.query("SELECT count() FROM subscriptions").first_row[0] <= written
    plain = {row[0] for row in before.query(PLAIN).result_rows}
    assert plain >= {"last_end", "periods.started_at", "periods.ended_at", "periods.mrr_usd_micros"}
