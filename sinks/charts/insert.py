"""Inserts rows into one table: as JSON, which costs a fifth of the thread's time that building ClickHouse's
own format in Python does, and is parsed while Python's other threads go on; as that format where rows hold bytes.
"""

from collections.abc import Iterable, Mapping

import msgspec
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.insert import InsertContext

from sinks.charts.columns import Row
from sinks.charts.engine import our_errors
from streams.observe import metrics

_MOST_BYTES = 32 * 1024 * 1024  # of bodies an insert
# Times come with their zone; NULL stays an error where a column knows none; what the views make of
# events is made while these are written. What a batch tells twice is left to a merge, as between batches: to
# look for it takes a fifth to a third of an insert, and of a fold there is none. To cut a text of a few
# megabytes among threads saves nothing.
_SETTINGS: Mapping[str, object] = {
    "date_time_input_format": "best_effort",
    "input_format_null_as_default": 0,
    "parallel_view_processing": 1,
    "optimize_on_insert": 0,
    "input_format_parallel_parsing": 0,
}
_encoder = msgspec.json.Encoder()


class Inserts:
    """Through one connection. Return means durable."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._tables: dict[str, InsertContext] = {}

    def insert(self, table: str, rows: list[Row]) -> None:
        for some in _by_size(rows):
            with our_errors(f"inserting into {table}"):
                if any(isinstance(value, bytes) for value in some[0].values()):
                    self._insert_bytes(table, some)
                else:
                    self._insert(table, some)
            metrics.count("charts_rows", len(some), table=table)

    def _insert(self, table: str, rows: list[Row]) -> None:
        self._client.raw_insert(
            table,
            column_names=list(rows[0]),
            insert_block=_encoder.encode_lines([tuple(row.values()) for row in rows]),
            fmt="JSONCompactEachRow",
            settings=dict(_SETTINGS),
        )

    def _insert_bytes(self, table: str, rows: list[Row]) -> None:
        context = self._columns(table, rows[0])
        context.data = [list(row.values()) for row in rows]
        self._client.data_insert(context)

    def _columns(self, table: str, row: Row) -> InsertContext:
        """The types of the columns, asked once."""
        if table not in self._tables:
            names = list(row)
            self._tables[table] = self._client.create_insert_context(table, column_names=names)
        return self._tables[table]


def _by_size(rows: list[Row]) -> Iterable[list[Row]]:
    """Cut where bodies add up to more than an insert should hold in memory."""
    some: list[Row] = []
    size = 0
    for row in rows:
        body = row.get("body")
        length = len(body) if isinstance(body, bytes) else 0
        if some and size + length > _MOST_BYTES:
            yield some
            some, size = [], 0
        some.append(row)
        size += length
    if some:
        yield some
