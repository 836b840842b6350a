"""What must be the same after whatever happened: every row that one app's events became, some charts,
and which tables there are."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from clickhouse_connect.driver.client import Client

from sinks.charts.answer import plain
from streams.observe import clock
from tests.sinks.charts.asking import CATALOG, rows_of
from tests.sinks.charts.process import Role

TABLES = ("events", "told_events", "subscriptions", "customer_aliases")
CHARTS = ("mrr", "mrr_movement", "revenue", "active_trials", "new_paying_customers")
_OF_APP = "app_id = '{app}'"
_WHOSE = {
    "customer_aliases": "alias_key IN (SELECT sipHash64(arrayJoin(aliases)) FROM events WHERE app_id = '{app}')"
}
_MADE = """
SELECT name, replaceRegexpOne(create_table_query, 'TABLE \\\\w+\\\\.', 'TABLE ') AS made FROM system.tables
WHERE database = currentDatabase() ORDER BY name
"""
_MUTATIONS = "SELECT table, mutation_id FROM system.mutations WHERE NOT is_done"
Rows = list[list[Any]]


def statements(app: str) -> dict[str, str]:
    """By what it asks for. The days asked of charts are over: they change no more while somebody looks."""
    tables = {name: f"{rows_of(name)} WHERE {_where(name, app)}" for name in TABLES}
    return tables | {name: _chart(name, app) for name in CHARTS}


def _where(table: str, app: str) -> str:
    return _WHOSE.get(table, _OF_APP).format(app=app)


def _chart(name: str, app: str) -> str:
    today = clock.now().date()
    values = {
        "app": app,
        "store": "",
        "environment": "PRODUCTION",
        "from": today - timedelta(days=90),
        "to": today - timedelta(days=3),
        "resolution": "day",
        "segment": "product",
        "refunds_on": "refund",
    }
    chart = CATALOG[name]
    bound = ", ".join(f"{parameter} = '{values[parameter]}'" for parameter in chart.parameters)
    return f"SELECT * FROM {chart.view}({bound})"


async def equals_what_nobody_killed(role: Role, client: Client, app: str) -> None:
    """Raise AssertionError where the process and the tables beside it differ, or something is left over."""
    for name, sql in statements(app).items():
        there, here = await role.query(sql), _in_process(client, sql)
        assert there, name
        assert _sorted(there) == _sorted(here), name
    assert await _made(role) == [_plainly(row) for row in _in_process(client, _MADE)]
    assert await role.query(_MUTATIONS) == []


async def _made(role: Role) -> list[tuple[str, str]]:
    """Every table and view, and how it was made."""
    return [_plainly(row) for row in await role.query(_MADE)]


def _plainly(row: list[Any]) -> tuple[str, str]:
    """Views are named alone: chDB writes their tables with the database's name."""
    name, text = row
    return name, text if "MergeTree" in text else ""


def _in_process(client: Client, sql: str) -> Rows:
    return [[plain(value) for value in row] for row in client.query(sql).result_rows]


def _sorted(rows: Iterable[list[Any]]) -> Rows:
    return sorted(rows, key=repr)
