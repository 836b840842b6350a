"""`python -m tests.bench.charts_write [--folder FOLDER] [EVENTS ...]`: what writing costs the charts, and
when it shows.

On tables of 1 and 10 million events (or as many as given), beside another way in the same run: what
the fold reads is asked of `events`. Then a backlog through the intake, and 100 and 1,000 events a second,
from being there to being shown. On a machine that others keep busy the CPU is what holds.
"""

import asyncio
import resource
import tempfile
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from statistics import median, quantiles

from clickhouse_connect.driver.client import Client

from sinks.charts import fold_source
from sinks.charts.consume import Intake
from sinks.charts.engine import Engine, engine
from sinks.charts.garbage import look_rarely
from sinks.charts.insert import Inserts
from sinks.charts.migrations import MIGRATIONS, scripts
from sinks.charts.rows import SubscriptionKey, read_batch
from sinks.charts.writer import SUBSCRIPTIONS, Writer
from streams.contracts.step import Record
from streams.observe import clock
from tests.bench.charts_tables import EVENTS_EACH, database, fill, renewals, settle
from tests.bench.table import show

SIZES = (1_000_000, 10_000_000)
RATES, SECONDS = (100, 1_000), 20
BATCHES = ((1, 12), (100, 8), (1_000, 6), (3_000, 3))  # events, times
APPENDED = 20_000
BACKLOG = 18_000
(_TELLS,) = (script for script in scripts(MIGRATIONS) if script.name == "0013_told_by_key.sql")
_random = Random(7)
_minutes = count(1)


class FromEvents(Writer):
    """What the fold reads is asked of `events`, in thirty columns."""

    def fold(self, keys: Collection[SubscriptionKey], target: str = SUBSCRIPTIONS) -> None:
        (view,) = (found for found in _TELLS.statements if found.startswith("CREATE MATERIALIZED"))
        asked = view[view.index("SELECT") :]
        narrow, fold_source._FOUND = (
            fold_source._FOUND,
            fold_source._FOUND.replace("told_events PREWHERE", f"({asked}) WHERE"),
        )
        try:
            super().fold(keys, target)
        finally:
            fold_source._FOUND = narrow


class Arrivals:
    """So many records a second; `shown` holds how long each took until it was done."""

    def __init__(self, records: list[Record], rate: int) -> None:
        self._records = records
        self._rate = rate
        self._started = clock.monotonic()
        self._read = 0
        self._at: dict[int, float] = {}
        self.shown: list[float] = []

    async def read(self, limit: int = 500, wait: timedelta = timedelta(seconds=1)) -> list[Record]:
        ends = clock.monotonic() + wait.total_seconds()
        while not (found := self._records[self._read : min(self._come(), self._read + limit)]):
            if clock.monotonic() > ends:
                return []
            await asyncio.sleep(0.005)
        for place, record in enumerate(found, self._read):
            self._at[record.offset] = self._started + place / self._rate
        self._read += len(found)
        return found

    def done(self, record: Record) -> None:
        self.shown.append(clock.monotonic() - self._at.pop(record.offset))

    def _come(self) -> int:
        return int((clock.monotonic() - self._started) * self._rate)


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument(
        "sizes", type=int, nargs="*", metavar="EVENTS", help="already in the tables"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        help="keeps the tables for the next time: 10 million take minutes to fill",
    )
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        directory = engine(f"chdb://{folder / 'clickhouse'}")
        keeper = directory.client()
        for size in asked.sizes or SIZES:
            began = clock.monotonic()
            opened, client = database(directory, f"of_{size}")
            fill(client, size)
            settle(client)
            took = clock.monotonic() - began
            look_rarely()
            _cycles(size, opened)
            rows = [("raw append", *_cells(APPENDED, *_append(client)))]
            settle(client)
            backlog = _backlog(size, Writer.connected(opened))
            rows.append((f"{BACKLOG:,} that wait, through the intake", *_cells(BACKLOG, *backlog)))
            rows += [_rate(size, rate, Writer.connected(opened)) for rate in RATES]
            title = f"{size:,} events in the table, filled in {took:.0f} s, {_megabytes():,.0f} MB at most"
            show(title, ("", "rows/s or p50, p99 ms", "CPU s a 1,000"), rows)
        keeper.close()


def _cycles(size: int, opened: Engine) -> None:
    """Batches of events of subscriptions all over the table."""
    ways: list[tuple[str, Writer]] = [
        ("now", Writer.connected(opened)),
        ("from events", FromEvents.connected(opened)),
    ]
    rows = []
    for events, times in BATCHES:
        cells = [f"{events:,}"]
        for _, writer in ways:
            batches = [_batch(size, events) for _ in range(times + 1)]
            cells += _cells(events, *_cost([partial(writer.write, batch) for batch in batches]))
        rows.append(cells)
    names = [f"{name}: {what}" for name, _ in ways for what in ("events/s", "CPU s a 1,000")]
    show(f"Read, append and fold, {size:,} events in the table", ("events", *names), rows)


def _cells(events: int, wall: float, cpu: float) -> tuple[str, str]:
    return f"{events / wall:,.0f}", f"{cpu / events * 1e3:.3f}"


def _rate(size: int, rate: int, writer: Writer) -> tuple[str, str, str]:
    spent = time.process_time()
    shown = asyncio.run(_shown(size, rate, writer))
    spent = time.process_time() - spent
    spread = f"{median(shown) * 1e3:,.0f}, {quantiles(shown, n=100)[98] * 1e3:,.0f}"
    return f"{rate:,} events/s, until shown", spread, f"{spent / len(shown) * 1e3:.3f}"


def _batch(size: int, events: int) -> list[Record]:
    numbers = _random.sample(range(size // EVENTS_EACH), min(events, size // EVENTS_EACH))
    return renewals(numbers, clock.now() - timedelta(minutes=next(_minutes)))


def _cost(calls: Sequence[Callable[[], object]]) -> tuple[float, float]:
    """Medians of wall and CPU seconds; the first call is not counted."""
    walls, cpus = [], []
    for call in calls:
        started, spent = clock.monotonic(), time.process_time()
        call()
        walls.append(clock.monotonic() - started)
        cpus.append(time.process_time() - spent)
    return median(walls[1:]), median(cpus[1:])


async def _shown(size: int, rate: int, writer: Writer) -> list[float]:
    arrivals = Arrivals(_batch(size, min(rate * SECONDS, size // EVENTS_EACH)), rate)
    stopping = asyncio.Event()
    asyncio.get_running_loop().call_later(SECONDS + 1, stopping.set)
    with ThreadPoolExecutor(1) as thread:
        await Intake(arrivals, writer, thread).move(stopping)
    return arrivals.shown


def _backlog(size: int, writer: Writer) -> tuple[float, float]:
    return _cost([partial(_move, _batch(size, BACKLOG), writer) for _ in range(3)])


def _move(told: list[Record], writer: Writer) -> None:
    asyncio.run(_moved(Arrivals(told, 10**9), len(told), writer))


async def _moved(arrivals: Arrivals, events: int, writer: Writer) -> None:
    """Until all of them are shown."""
    stopping = asyncio.Event()
    with ThreadPoolExecutor(1) as thread:
        moving = asyncio.create_task(Intake(arrivals, writer, thread).move(stopping))
        while len(arrivals.shown) < events and not moving.done():  # noqa: ASYNC110 - nobody says so
            await asyncio.sleep(0.005)
        stopping.set()
        await moving


def _append(client: Client) -> tuple[float, float]:
    """Seconds to write rows of `events` that were read before."""
    rows = read_batch(_batch(10**9, APPENDED)).rows
    return _cost([partial(Inserts(client).insert, "events", rows["events"])] * 4)


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
