"""Writes batches into ClickHouse: append, then fold the touched subscriptions afresh.

Blocking; it runs in a thread of its own. Everything in it may be done again, in any order and by
any process: rows are replaced by key, and a fold never goes back. Return means durable.
"""

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from operator import attrgetter
from queue import SimpleQueue
from threading import Lock
from typing import Self

from clickhouse_connect.driver.client import Client

from sinks.charts.engine import Engine
from sinks.charts.erase import Erasure, Erasures
from sinks.charts.erased import without_erased
from sinks.charts.event_times import EVENT_TIMES, visible
from sinks.charts.fold.months import Factors
from sinks.charts.fold.subscription import fold
from sinks.charts.fold.told import Telling
from sinks.charts.fold_source import read_factors, told_between, told_of
from sinks.charts.insert import Inserts
from sinks.charts.rows import Batch, SubscriptionKey, read_batch
from streams.contracts.step import Record
from streams.observe import clock, metrics

SUBSCRIPTIONS = "subscriptions"
FOLD_AT_ONCE = 2_000  # keys a statement, neighbors together
EVENTS_AT_ONCE = 20_000  # about; some 30 MB of what was told, a few times in memory


class Writer:
    """The one writer of this process, with a connection of its own; with others for `reading` it reads
    while it writes, with another for `folding` one thread appends while another folds."""

    def __init__(
        self, client: Client, reading: Sequence[Client] = (), folding: Client | None = None
    ) -> None:
        self._folding = folding or client
        self._reading = reading or (client,)
        self._events_each = 1.0  # of a subscription, by those read last
        self._erasures = Erasures(client)
        self._appends = Inserts(client)
        self._folded = Inserts(self._folding)
        self._lock = Lock()

    @classmethod
    def connected(cls, clickhouse: Engine) -> Self:
        """With two connections to read by: ClickHouse takes longer to find subscriptions than Python to
        fold them."""
        durable = {"async_insert": 0}  # an answer means durable
        return cls(
            clickhouse.client(durable),
            reading=(clickhouse.client(), clickhouse.client()),
            folding=clickhouse.client(durable),
        )

    def write(self, records: Iterable[Record]) -> Batch:
        """Every record is in its table, and every chart shows it."""
        batch = self.append(records)
        self.show(batch)
        return batch

    def append(self, records: Iterable[Record]) -> Batch:
        """Every record is in its table."""
        batch = read_batch(records)
        started = clock.monotonic()
        self._append_all(batch)
        metrics.observe("charts_append_seconds", clock.monotonic() - started)
        return batch

    def show(self, batch: Batch) -> None:
        """Every chart shows what was appended. Another thread may append meanwhile."""
        started = clock.monotonic()
        self.fold(batch.touched)
        self._folded.insert(EVENT_TIMES, visible(batch.times, clock.now()))
        if batch.touched:
            metrics.observe("charts_fold_seconds", clock.monotonic() - started)

    def erase(self, app_id: str, customer_id: str) -> Erasure:
        """The customer is in no table any more, and what comes again of them does not get there."""
        erasure, touched = self._erasures.erase(app_id, customer_id)
        self.fold(set(touched))
        return erasure

    def fold(self, keys: Collection[SubscriptionKey], target: str = SUBSCRIPTIONS) -> None:
        """Fold these subscriptions from all of their events. One at a time: a name that was read before an
        erasure is written before what the erasure folds."""
        with self._lock:
            factors = read_factors(self._folding) if keys else Factors()
            written: Future[None] | None = None
            with ThreadPoolExecutor(1, thread_name_prefix="folded") as behind:
                for told in self._told(sorted(keys, key=attrgetter("sub_key"))):
                    rows = fold(told, factors)
                    if written is not None:
                        written.result()
                    written = behind.submit(self._folded.insert, target, rows)
                if written is not None:
                    written.result()

    def fold_between(self, first: int, last: int, target: str) -> None:
        """Fold the subscriptions with these keys."""
        told = told_between(self._folding, first, last)
        self._folded.insert(target, fold(told, read_factors(self._folding)))

    def _append_all(self, batch: Batch) -> None:
        """Once more when somebody was erased meanwhile: rows are replaced by those without them."""
        written = None
        while (erased := self._erasures.current()) is not written:
            rows, found = without_erased(batch.rows, erased)
            for table, some in rows.items():
                self._appends.insert(table, some)
            self._erasures.empty(found)
            written = erased

    def _told(self, keys: Sequence[SubscriptionKey]) -> Iterable[list[Telling]]:
        """What was told of some at a time, read while what comes before it is folded and written:
        ClickHouse works without Python's lock."""
        waiting: deque[Future[list[Telling]]] = deque()
        idle = SimpleQueue[Client]()
        for client in self._reading:
            idle.put(client)
        with ThreadPoolExecutor(len(self._reading), thread_name_prefix="told") as ahead:
            for some in self._neighbors(keys):
                waiting.append(ahead.submit(self._told_by, idle, some))
                if len(waiting) > len(self._reading):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _neighbors(self, keys: Sequence[SubscriptionKey]) -> Iterable[Sequence[SubscriptionKey]]:
        """As many at a time as are not told of in more events than should be in memory."""
        first = 0
        while first < len(keys):
            most = min(FOLD_AT_ONCE, int(EVENTS_AT_ONCE / self._events_each) + 1)
            yield keys[first : first + most]
            first += most

    def _told_by(self, idle: SimpleQueue[Client], keys: Sequence[SubscriptionKey]) -> list[Telling]:
        """Through a connection that nobody uses."""
        client = idle.get()
        try:
            told = told_of(client, keys)
        finally:
            idle.put(client)
        self._events_each = max(1.0, len(told) / len(keys))
        return told
