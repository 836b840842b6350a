"""A ClickHouse directory as it stood before a migration, with events written as they were then.

Made by a process of its own, since one can open one directory in its life:
python -m tests.sinks.charts.past DIRECTORY MIGRATION < EVENTS
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from clickhouse_connect.driver.client import Client

from sinks.charts.engine import engine
from sinks.charts.fold.subscription import fold
from sinks.charts.insert import Inserts
from sinks.charts.migrations import MIGRATIONS, migrate, scripts
from sinks.charts.rows import read_batch
from sinks.charts.writer import SUBSCRIPTIONS, Writer
from streams.contracts.codec import decode, encode
from streams.contracts.event import Event
from streams.observe import clock
from tests.sinks.charts.fold.telling import FACTORS, tellings
from tests.sinks.charts.story import record

NOW = "9999"  # after every migration
_TOLD = "0012_told_events.sql"  # what the writer folds from
_BATCHES = 8
_HASHED = """
ALTER TABLE subscriptions UPDATE customer_key = sipHash64(customer_id) WHERE 1 SETTINGS mutations_sync = 2
"""


def past(directory: Path, before: str, events: Sequence[Event]) -> None:
    """Make it: every migration whose name is less than `before` is applied, and no view."""
    subprocess.run(
        [sys.executable, "-m", "tests.sinks.charts.past", str(directory), before],
        input=b"\n".join(encode(event) for event in events),
        check=True,
        timeout=120,
    )


def _make(directory: Path, before: str, events: Sequence[Event]) -> None:
    client = engine(f"chdb://{directory}").client({"async_insert": 0})
    with TemporaryDirectory() as folder:
        for script in scripts(MIGRATIONS):
            if script.name < before:
                (Path(folder) / script.name).write_text(script.text)
        migrate(client, clock.now(), migrations=Path(folder), views=Path(folder) / "none")
    for start in range(_BATCHES):
        some = events[start::_BATCHES]
        if before > _TOLD:
            Writer(client).write([record(event) for event in some])
        else:
            batch = read_batch([record(event) for event in some])
            Inserts(client).insert("events", batch.rows["events"])
    if before <= _TOLD:
        _fold(client, events)


def _fold(client: Client, events: Sequence[Event]) -> None:
    """ClickHouse folded then, and hashed the customer too."""
    Inserts(client).insert(SUBSCRIPTIONS, fold(tellings(events), FACTORS))
    client.command(_HASHED)


if __name__ == "__main__":
    lines = sys.stdin.buffer.read().splitlines()
    _make(Path(sys.argv[1]), sys.argv[2], [decode(line, Event) for line in lines])
