"""Folds every subscription afresh beside the live table, then swaps the two: for a fold that changed.

Writing goes on meanwhile. What it touched is folded again into the new table, the last of it in the
writer's own thread together with the swap, so that no chart goes back. Where other processes write
too, what they touched about then is folded once more afterwards. Who was erased meanwhile is folded
again too: that is written over what was written before, at no time of its own.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import TypeVar

import structlog
from clickhouse_connect.driver.client import Client

from sinks.charts.engine import Engine, our_errors
from sinks.charts.fold_ledger import note_fold
from sinks.charts.lock import REBUILD, STALE, Connect, locked
from sinks.charts.merging import merge
from sinks.charts.rows import SubscriptionKey
from sinks.charts.writer import SUBSCRIPTIONS, Writer
from streams.contracts.errors import StoreNotificationsError, TransientError
from streams.observe import clock

REBUILT = f"{SUBSCRIPTIONS}_rebuilt"
EVENTS_A_PART = 25_000  # about 100 MB while they are folded
_KEYS = 2**64
_OVERLAP = timedelta(minutes=5)  # an insert has its time from its start and is seen from its end
_TOUCHED = """
SELECT DISTINCT app_id, environment, sub_key FROM told_events
WHERE written_at >= {since:DateTime64(3, 'UTC')}
  OR customer_id IN (
    SELECT pseudonym FROM erasures WHERE pseudonym != '' AND erased_at >= {since:DateTime64(3, 'UTC')})
"""
_IDENTITY = (
    "SELECT uuid FROM system.tables WHERE database = currentDatabase() AND name = {name:String}"
)
_log = structlog.get_logger()
T = TypeVar("T")


def drop_unfinished(client: Client) -> None:
    """What one that was killed left: it may hold the name of somebody who was erased since."""
    with our_errors("dropping an unfinished rebuild"):
        if client.query(f"EXISTS TABLE {REBUILT}").first_row[0]:
            _log.warning("unfinished_rebuild_dropped", do="python -m sinks charts rebuild")
        client.command(f"DROP TABLE IF EXISTS {REBUILT} SYNC")


class State(StrEnum):
    IDLE = "idle"
    FOLDING = "folding"
    SWAPPING = "swapping"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`done` of `parts` are folded. `problem`: why it failed; the live table is as it was then."""

    state: State = State.IDLE
    done: int = 0
    parts: int = 0
    subscriptions: int = 0
    seconds: float = 0.0
    problem: str = ""

    @property
    def running(self) -> bool:
        return self.state in {State.FOLDING, State.SWAPPING}


class Tables:
    """The two tables. Blocking; one thread at a time.

    `beside`: opens a connection through which others see that this process lives; None where nobody
    else can come. `stale`: for how long they believe it.
    """

    def __init__(
        self, client: Client, beside: Connect | None = None, stale: timedelta = STALE
    ) -> None:
        self._client = client
        self._beside = beside
        self._stale = stale
        self._held = ExitStack()
        self._writer = Writer(client)
        self._since = self._now()
        self._ours: object = None

    def begin(self) -> int:
        """An empty table, and in how many parts it is filled: what is there a dead one left.

        Raise TransientError when another process is at it.
        """
        with our_errors("beginning a rebuild"):
            if self._beside is not None:
                lock = locked(self._client, self._stale, self._beside, lock=REBUILD, wait=False)
                self._held.enter_context(lock)
            drop_unfinished(self._client)
            self._client.command(f"CREATE TABLE {REBUILT} AS {SUBSCRIPTIONS}")
            self._ours = self._identity()
            events = int(self._client.query("SELECT count() FROM told_events").first_row[0])
        return events // EVENTS_A_PART + 1

    def fold(self, part: int, parts: int) -> None:
        """The subscriptions whose keys are in this one of `parts` equal ranges."""
        first, end = _KEYS * part // parts, _KEYS * (part + 1) // parts
        self._writer.fold_between(first, end - 1, REBUILT)

    def catch_up(self, target: str = REBUILT) -> None:
        """Fold what was written since the last time, or since the beginning."""
        since, self._since = self._since, self._now()
        with our_errors("asking what was written meanwhile"):
            found = self._client.query(_TOUCHED, parameters={"since": since - _OVERLAP})
        self._writer.fold([SubscriptionKey(*row) for row in found.result_rows], target)

    def merge(self) -> None:
        """What was filled by parts is read as fast as what grew; what is left to merge, beside reading."""
        merge(self._client, REBUILT)

    def swap(self) -> None:
        """The new table is the live one. Nobody of this process writes meanwhile."""
        self.catch_up()
        with our_errors("swapping the tables"):
            if self._identity() != self._ours:
                raise TransientError(f"another process has begun {REBUILT} anew: let it end")
            self._client.command(f"EXCHANGE TABLES {SUBSCRIPTIONS} AND {REBUILT}")

    def finish(self) -> int:
        """How many subscriptions there are."""
        self.catch_up(SUBSCRIPTIONS)
        note_fold(self._client, clock.now())
        with our_errors("ending a rebuild"):
            self._client.command(f"DROP TABLE {REBUILT} SYNC")
            found = self._client.query(f"SELECT count() FROM {SUBSCRIPTIONS} FINAL")  # noqa: S608 - a name of ours
        return int(found.first_row[0])

    def close(self) -> None:
        """Whoever comes next may begin."""
        try:
            with our_errors("giving up a rebuild"):
                self._held.close()
        finally:
            self._client.close()

    def _identity(self) -> object:
        """Of the table that is filled: one that was taken for dead may come to life again."""
        found = self._client.query(_IDENTITY, parameters={"name": REBUILT}).result_rows
        return found[0][0] if found else None

    def _now(self) -> datetime:
        """ClickHouse's own time, which `written_at` is in."""
        with our_errors("asking for the time"):
            now: datetime = self._client.query("SELECT now64(3, 'UTC')").first_row[0]
        return now


class Rebuild:
    """At most one at a time. `writing`: the one thread in which this process writes."""

    def __init__(self, clickhouse: Engine, writing: Executor) -> None:
        self._clickhouse = clickhouse
        self._writing = writing
        self._task: asyncio.Task[None] | None = None
        self._started = 0.0
        self.progress = Progress()

    def start(self) -> None:
        """Begin, unless one is under way."""
        if not self.progress.running:
            self._started = clock.monotonic()
            self.progress = Progress(state=State.FOLDING)
            self._task = asyncio.create_task(self._run())

    async def end(self) -> None:
        """Give up what is under way: the live table stays."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        with ThreadPoolExecutor(1, thread_name_prefix="rebuild") as thread:
            try:
                tables = await _in(thread, self._open)
                await self._steps(tables, thread)
            except StoreNotificationsError as error:
                self._tell(state=State.FAILED, problem=str(error))
                _log.error("rebuild_failed", reason=str(error))

    def _open(self) -> Tables:
        beside = None if self._clickhouse.alone else self._clickhouse.client
        return Tables(self._clickhouse.client({"async_insert": 0}), beside)

    async def _steps(self, tables: Tables, thread: Executor) -> None:
        try:
            parts = await _in(thread, tables.begin)
            for part in range(parts):
                self._tell(done=part, parts=parts)
                await _in(thread, partial(tables.fold, part, parts))
            self._tell(state=State.SWAPPING, done=parts)
            await _in(thread, tables.merge)
            await _in(thread, tables.catch_up)
            await _in(self._writing, tables.swap)
            subscriptions = await _in(thread, tables.finish)
        finally:
            await _in(thread, tables.close)
        self._tell(state=State.DONE, subscriptions=subscriptions)
        _log.info("rebuilt", subscriptions=subscriptions, seconds=round(self.progress.seconds, 1))

    def _tell(self, **what: object) -> None:
        seconds = clock.monotonic() - self._started
        self.progress = replace(self.progress, seconds=seconds, **what)  # type: ignore[arg-type]


async def _in(thread: Executor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(thread, work)
