"""Numbered SQL, applied once and in order; views, applied at every start. The same for chDB and a server.

`schema_migrations` holds the SHA-256 of each file as it was applied: a file that was changed
afterwards is refused by name, because what the tables are would not be what the file says. It
says too which views are there, so that nobody reads what others made: see day_sums.py.
Every file can be applied again: ClickHouse's DDL knows no transaction.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import structlog
from clickhouse_connect.driver.client import Client

from sinks.charts.engine import our_errors
from sinks.charts.lock import STALE, Connect, locked
from sinks.charts.merging import optimize
from streams.contracts.errors import ConfigError

HERE = Path(__file__).parent
MIGRATIONS = HERE / "migrations"
VIEWS = HERE / "views"
_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
  name String,
  sha256 String,
  applied_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY name
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
"""
_SUMS = ("day_sums.py", "customer_sums.py")
_VIEWS = "views"  # their name in the ledger; their hash is none while they are being applied
# A script that makes a table anew fills one of its name with this beside it and exchanges the two.
_COPIED = "_copied"
_COPIES = """
SELECT name FROM system.tables WHERE database = currentDatabase() AND endsWith(name, {suffix:String})
"""
_COLUMNS = """
SELECT name, type FROM system.columns
WHERE database = currentDatabase() AND table = {table:String} ORDER BY position
"""
_MERGES = re.compile(r"^OPTIMIZE TABLE ", re.MULTILINE)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One file of SQL."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        return sha256(self.text.encode()).hexdigest()

    @property
    def statements(self) -> list[str]:
        """Cut at a semicolon that ends a line: a server takes one statement a call."""
        parts = (part.strip() for part in f"{self.text}\n".split(";\n"))
        return [part for part in parts if part]


def scripts(folder: Path) -> list[Script]:
    """The .sql files of a folder, by name."""
    return [
        Script(name=path.name, text=path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.sql"))
    ]


def migrate(
    client: Client,
    now: datetime,
    migrations: Path = MIGRATIONS,
    views: Path = VIEWS,
    *,
    stale: timedelta = STALE,
    beside: Connect | None = None,
) -> list[str]:
    """Bring the tables to what the files say; the names of what was applied now.

    Several processes beside a server may start at once: one migrates, the others wait for it as
    long as it says that it lives, through a connection that `beside` opens.
    """
    with our_errors("applying migrations"), locked(client, stale, beside):
        client.command(_LEDGER)
        known = dict(client.query("SELECT name, sha256 FROM schema_migrations FINAL").result_rows)
        new = [script for script in scripts(migrations) if not _applied(script, known)]
        if new:
            _put_back(client)
        for script in new:
            _apply(client, script)
            _note(client, script.name, script.sha256, now)
            _log.info("migrated", migration=script.name)
        _apply_views(client, views, known.get(_VIEWS), now)
    return [script.name for script in new]


def views_sha256(views: Path = VIEWS) -> str:
    """Of all that says what charts show: the views, and what sums for them."""
    texts = [script.text for script in scripts(views)]
    texts += [(HERE / name).read_text("utf-8") for name in _SUMS]
    return sha256("\0".join(texts).encode()).hexdigest()


def _apply_views(client: Client, views: Path, before: str | None, now: datetime) -> None:
    others = before != views_sha256(views)
    if others:
        _note(client, _VIEWS, "", now)
    for script in scripts(views):
        _apply(client, script)
    if others:
        _note(client, _VIEWS, views_sha256(views), now)


def _note(client: Client, name: str, sha256: str, now: datetime) -> None:
    row = [name, sha256, now]
    client.insert("schema_migrations", [row], column_names=["name", "sha256", "applied_at"])


def _applied(script: Script, known: dict[str, str]) -> bool:
    before = known.get(script.name)
    if before is not None and before != script.sha256:
        raise ConfigError(
            f"the migration {script.name} was changed after it was applied: restore the file"
            " and write the change into a new one with the next number"
        )
    return before is not None


def _apply(client: Client, script: Script) -> None:
    """A merge that takes longer than it is waited for is no reason to begin again with the whole script."""
    for statement in script.statements:
        if _MERGES.search(statement):
            optimize(client, statement)
        else:
            client.command(statement)


def _put_back(client: Client) -> None:
    """What a script that was cut off had copied, so that it begins where it began before.

    Whether the two tables were exchanged by then, nothing says: else it would exchange them back.
    Rows are replaced by key, so those of both are those of either.
    """
    for (copy,) in client.query(_COPIES, parameters={"suffix": _COPIED}).result_rows:
        table = copy.removesuffix(_COPIED)
        if _columns(client, table) == _columns(client, copy):
            client.command(f"INSERT INTO {table} SELECT * FROM {copy}")  # noqa: S608 - a name of ours
            client.command(f"DROP TABLE {copy} SYNC")
            _log.warning("unfinished_copy_put_back", table=table)


def _columns(client: Client, table: str) -> list[tuple[str, str]]:
    return [
        (name, kind)
        for name, kind in client.query(_COLUMNS, parameters={"table": table}).result_rows
    ]
