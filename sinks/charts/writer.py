"""Writes batches into ClickHouse: append, then fold the touched subscriptions afresh.

Blocking; it runs in a thread of its own. Everything in it may be done again, in any order and by
any process: rows are replaced by key, and a fold never goes back. Return means durable.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from clickhouse_connect.driver.client import Client

from sinks.charts.columns import Row
from sinks.charts.engine import our_errors
from sinks.charts.event_times import EVENT_TIMES, visible
from sinks.charts.rows import Batch, SubscriptionKey, read_batch
from streams.contracts.step import Record
from streams.observe import clock, metrics

SUBSCRIPTIONS = "subscriptions"
FOLD = (Path(__file__).parent / "fold.sql").read_text(encoding="utf-8")
FOLD_AT_ONCE = 1_000  # keys a statement: past about 3,500 it is longer than ClickHouse takes
_INSERT_BYTES = 32 * 1024 * 1024  # of bodies an insert
T = TypeVar("T")


class Writer:
    """The one writer of this process, with a connection of its own."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def write(self, records: Iterable[Record]) -> Batch:
        """Every record is in its table, and every chart shows it."""
        batch = read_batch(records)
        started = clock.monotonic()
        for table, rows in batch.rows.items():
            self._append(table, rows)
        appended = clock.monotonic()
        self.fold(batch.touched)
        self._append(EVENT_TIMES, visible(batch.times, clock.now()))
        metrics.observe("charts_append_seconds", appended - started)
        if batch.touched:
            metrics.observe("charts_fold_seconds", clock.monotonic() - appended)
        return batch

    def fold(self, keys: Collection[SubscriptionKey], target: str = SUBSCRIPTIONS) -> None:
        """Fold these subscriptions from all of their events."""
        for some in _chunks(sorted(keys), FOLD_AT_ONCE):
            with our_errors("folding subscriptions"):
                self._client.command(fold_statement(some, target), parameters=_parameters(some))

    def _append(self, table: str, rows: list[Row]) -> None:
        for some in _by_size(rows):
            with our_errors(f"inserting into {table}"):
                self._client.insert(
                    table,
                    [list(row.values()) for row in some],
                    column_names=list(some[0]),
                )
            metrics.count("charts_rows", len(some), table=table)


def fold_statement(keys: Sequence[SubscriptionKey], target: str) -> str:
    """The fold of these keys, all columns of the primary key given, so that little is read."""
    numbers = ", ".join(str(key.sub_key) for key in keys)
    where = (
        "app_id IN {apps:Array(String)} AND environment IN {environments:Array(String)}"
        f" AND sub_key IN ({numbers})"
    )
    return FOLD.replace("{target}", target).replace("{keys}", where)


def _parameters(keys: Sequence[SubscriptionKey]) -> dict[str, list[str]]:
    return {
        "apps": sorted({key.app_id for key in keys}),
        "environments": sorted({key.environment for key in keys}),
    }


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
