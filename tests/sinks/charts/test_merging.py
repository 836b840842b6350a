"""Neither `subscriptions` nor what the fold reads stays in many parts, which would have to be looked through."""

import asyncio

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts import merging
from sinks.charts.engine import Engine
from sinks.charts.merging import TABLES, Merging, merge

COLUMNS = ("app_id", "environment", "sub_key", "version")
PARTS = """
SELECT count() FROM system.parts
WHERE active AND database = currentDatabase() AND table = {table:String}
"""


def insert(client: Client, keys: range, version: int = 1, *, table: str = "subscriptions") -> None:
    rows = [["tide", "PRODUCTION", key, version] for key in keys]
    client.insert(table, rows, column_names=COLUMNS)


def parts(client: Client, table: str = "subscriptions") -> int:
    return int(client.query(PARTS, parameters={"table": table}).first_row[0])


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "FEW", 10)


def test_parts_of_one_size_become_one(client: Client) -> None:
    for at in range(0, 600, 200):
        insert(client, range(at, at + 200))
    assert parts(client) > 1

    assert merge(client)
    assert parts(client) == 1
    assert client.query("SELECT count() FROM subscriptions").first_row == (600,)


def test_what_is_replaced_is_gone_then(client: Client) -> None:
    insert(client, range(500))
    insert(client, range(100), version=2)

    assert merge(client)
    assert client.query("SELECT count(), sum(version) FROM subscriptions").first_row == (500, 600)


def test_a_little_beside_a_large_part_stays(client: Client) -> None:
    insert(client, range(500))
    insert(client, range(40), version=2)
    before = parts(client)

    assert not merge(client)
    assert parts(client) == before


def test_a_table_of_nothing_is_left_alone(client: Client) -> None:
    assert not merge(client)


async def test_the_role_keeps_both_tables(client: Client, clickhouse: Engine) -> None:
    for table in TABLES:
        for at in range(0, 600, 200):
            insert(client, range(at, at + 200), table=table)
    keeping = asyncio.create_task(Merging(clickhouse).keep())
    async with asyncio.timeout(20):
        while any(parts(client, table) > 1 for table in TABLES):  # noqa: ASYNC110 - ClickHouse tells nobody
            await asyncio.sleep(0.05)
    keeping.cancel()
    await asyncio.wait([keeping])
    assert set(TABLES) == {"subscriptions", "told_events"}
    assert client.query("SELECT count() FROM told_events").first_row == (600,)
