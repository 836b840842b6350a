"""`subscriptions` does not stay in many parts, which charts would have to look through."""

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts import merging
from sinks.charts.merging import merge

COLUMNS = ("app_id", "environment", "sub_key", "version")
PARTS = """
SELECT count() FROM system.parts
WHERE active AND database = currentDatabase() AND table = 'subscriptions'
"""


def insert(client: Client, keys: range, version: int = 1) -> None:
    rows = [["tide", "PRODUCTION", key, version] for key in keys]
    client.insert("subscriptions", rows, column_names=COLUMNS)


def parts(client: Client) -> int:
    return int(client.query(PARTS).first_row[0])


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
