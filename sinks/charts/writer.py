"""Writes batches into ClickHouse: append, then fold the touched subscriptions afresh.

Blocking; it runs in a thread of its own. Everything in it may be done again, in any order and by
any process: rows are replaced by key, and a fold never goes back. Return means durable.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from operator import attrgetter
from typing import TypeVar

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.insert import InsertContext

from sinks.charts.columns import Row
from sinks.charts.engine import our_errors
from sinks.charts.erase import Erasure, Erasures
from sinks.charts.erased import without_erased
from sinks.charts.event_times import EVENT_TIMES, visible
from sinks.charts.fold.months import Factors
from sinks.charts.fold.subscription import fold
from sinks.charts.fold_source import read_factors, told_between, told_of
from sinks.charts.rows import Batch, SubscriptionKey, read_batch
from streams.contracts.step import Record
from streams.observe import clock, metrics

SUBSCRIPTIONS = "subscriptions"
FOLD_AT_ONCE = 1_000  # keys a statement, neighbors together: some 50 MB of what was told of them
_INSERT_BYTES = 32 * 1024 * 1024  # of bodies an insert
T = TypeVar("T")


class Writer:
    """The one writer of this process, with a connection of its own."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._erasures = Erasures(client)
        self._tables: dict[str, InsertContext] = {}

    def write(self, records: Iterable[Record]) -> Batch:
        """Every record is in its table, and every chart shows it."""
        batch = read_batch(records)
        started = clock.monotonic()
        self._append_all(batch)
        appended = clock.monotonic()
        self.fold(batch.touched)
        self._append(EVENT_TIMES, visible(batch.times, clock.now()))
        metrics.observe("charts_append_seconds", appended - started)
        if batch.touched:
            metrics.observe("charts_fold_seconds", clock.monotonic() - appended)
        return batch

    def erase(self, app_id: str, customer_id: str) -> Erasure:
        """The customer is in no table any more, and what comes again of them does not get there."""
        erasure, touched = self._erasures.erase(app_id, customer_id)
        self.fold(set(touched))
        return erasure

    def fold(self, keys: Collection[SubscriptionKey], target: str = SUBSCRIPTIONS) -> None:
        """Fold these subscriptions from all of their events."""
        factors = read_factors(self._client) if keys else Factors()
        for some in _chunks(sorted(keys, key=attrgetter("sub_key")), FOLD_AT_ONCE):
            self._append(target, fold(told_of(self._client, some), factors))

    def fold_between(self, first: int, last: int, target: str) -> None:
        """Fold the subscriptions with these keys."""
        told = told_between(self._client, first, last)
        self._append(target, fold(told, read_factors(self._client)))

    def _append_all(self, batch: Batch) -> None:
        """Once more when somebody was erased meanwhile: rows are replaced by those without them."""
        written = None
        while (erased := self._erasures.current()) is not written:
            rows, found = without_erased(batch.rows, erased)
            for table, some in rows.items():
                self._append(table, some)
            self._erasures.empty(found)
            written = erased

    def _append(self, table: str, rows: list[Row]) -> None:
        for some in _by_size(rows):
            with our_errors(f"inserting into {table}"):
                context = self._columns(table, some[0])
                context.data = [list(row.values()) for row in some]
                self._client.data_insert(context)
            metrics.count("charts_rows", len(some), table=table)

    def _columns(self, table: str, row: Row) -> InsertContext:
        """The types of the columns, asked once for the life of this writer."""
        if table not in self._tables:
            names = list(row)
            self._tables[table] = self._client.create_insert_context(table, column_names=names)
        return self._tables[table]


def _chunks(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    iterator = iter(items)
    while some := tuple(islice(iterator, size)):
        yield some


def _by_size(rows: list[Row]) -> Iterable[list[Row]]:
    """Cut where bodies add up to more than an insert should hold in memory."""
    some: list[Row] = []
    size = 0
    for row in rows:
        body = row.get("body")
        length = len(body) if isinstance(body, bytes) else 0
        if some and size + length > _INSERT_BYTES:
            yield some
            some, size = [], 0
        some.append(row)
        size += length
    if some:
        yield some
