"""Charts read `subscriptions` without FINAL: what they leave out is what FINAL would, in any parts."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts.engine import Engine

COLUMNS = ("app_id", "environment", "sub_key", "version", "subscription_id")
STAND = """
SELECT sub_key, version, subscription_id FROM subscriptions
WHERE bitShiftLeft(toUInt64(extract(_part, '_([0-9]+)_')), 32) + _part_offset NOT IN (SELECT row FROM superseded)
ORDER BY sub_key
"""
FINAL = "SELECT sub_key, version, subscription_id FROM subscriptions FINAL ORDER BY sub_key"
HOW_MANY = STAND.replace("sub_key, version, subscription_id", "count()").replace("ORDER BY sub_key", "")  # fmt: skip
NUMBER = 200


def insert(client: Client, rows: Sequence[tuple[int, int]], told: str) -> None:
    """Rows of (sub_key, version), in one part."""
    values: list[list[Any]] = [["tide", "PRODUCTION", key, version, told] for key, version in rows]
    client.insert("subscriptions", values, column_names=COLUMNS)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_stands_is_what_final_says_whatever_the_parts(client: Client, seed: int) -> None:
    """Newer ones come earlier and later, and of one version the last inserted counts."""
    random = Random(seed)
    for number in range(25):
        keys = random.sample(range(60), random.choice((1, 5, 40)))
        insert(client, [(key, random.randrange(4)) for key in keys], f"insert {number}")
        if random.random() < 0.1:
            client.command("OPTIMIZE TABLE subscriptions")
        if number % 6 == 0:
            assert client.query(STAND).result_rows == client.query(FINAL).result_rows
    assert client.query(STAND).result_rows == client.query(FINAL).result_rows
    client.command("OPTIMIZE TABLE subscriptions FINAL")
    assert client.query("SELECT count() FROM superseded").first_row == (0,)


def test_nothing_is_counted_twice_or_not_at_all_while_parts_come_and_merge(
    client: Client, clickhouse: Engine
) -> None:
    insert(client, [(key, 0) for key in range(NUMBER)], "first")
    other = clickhouse.client()
    with ThreadPoolExecutor(1) as thread:
        writing = thread.submit(_fold_again, other)
        found = set()
        while not writing.done():
            found.add(client.query(HOW_MANY).first_row[0])
        writing.result()
    other.close()
    assert found == {NUMBER}


def _fold_again(client: Client) -> None:
    random = Random(4)
    for version in range(1, 40):
        keys = random.sample(range(NUMBER), 50)
        insert(client, [(key, version) for key in keys], str(version))
        if version % 4 == 0:
            client.command("OPTIMIZE TABLE subscriptions FINAL")
