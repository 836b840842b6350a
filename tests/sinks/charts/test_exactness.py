"""The same tables however events come: twice, in any order, from any partition, by two writers at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts.engine import Engine
from sinks.charts.writer import Writer
from streams.contracts.event import Event
from streams.contracts.step import Record
from streams.observe import clock
from tests.sinks.charts.asking import table, tell
from tests.sinks.charts.lives import lives
from tests.sinks.charts.records import attempt, outcome, raw
from tests.sinks.charts.story import record

SHOWN = ("events", "told_events", "subscriptions")


def tables(client: Client) -> list[list[tuple[Any, ...]]]:
    return [table(client, name) for name in SHOWN]


def empty(client: Client) -> None:
    for name in SHOWN:
        client.command(f"TRUNCATE TABLE {name}")


def cut(events: Sequence[Event], random: Random) -> list[list[Event]]:
    """Into batches of any size, as polls find them."""
    batches, rest = [], list(events)
    while rest:
        size = random.randint(1, 150)
        batches.append(rest[:size])
        rest = rest[size:]
    return batches


def test_two_writers_at_once_with_everything_twice_and_shuffled_end_where_one_does(
    clickhouse: Engine, client: Client, writer: Writer
) -> None:
    """As after a rebalance: both write the same subscriptions, one of them long after it lost them."""
    events = lives(21, 60, clock.now())
    tell(writer, events)
    expected = tables(client)
    empty(client)
    random = Random(1)
    halves: list[list[list[Event]]] = []
    for _ in range(2):
        told = random.sample(events, len(events))
        halves.append(cut(told, random))
    writers = [Writer(clickhouse.client()) for _ in halves]

    def write(place: int) -> None:
        for batch in halves[place]:
            tell(writers[place], batch)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(write, range(2)))
    assert tables(client) == expected


def test_one_that_died_between_append_and_fold_is_made_good_by_whoever_reads_it_again(
    clickhouse: Engine, client: Client, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = lives(23, 40, clock.now())
    half = len(events) // 2
    tell(writer, events)
    expected = tables(client)
    empty(client)

    class Died(Exception):  # noqa: N818 - what happens to it
        pass

    def die(*_: object) -> None:
        raise Died

    dying = Writer(clickhouse.client())
    monkeypatch.setattr(dying, "fold", die)
    with pytest.raises(Died):
        tell(dying, events[half:])
    tell(writer, events[:half])
    tell(writer, events[half:])
    assert tables(client) == expected


def test_a_fold_that_was_slow_never_replaces_one_that_saw_more(
    clickhouse: Engine, client: Client, writer: Writer
) -> None:
    """It folds what it saw before the others came, and writes it after them."""
    events = lives(24, 30, clock.now())
    tell(writer, events[: len(events) // 2])
    client.command("CREATE TABLE slow AS subscriptions")
    client.command("INSERT INTO slow SELECT * FROM subscriptions FINAL")
    tell(writer, events)
    expected = tables(client)
    client.command("INSERT INTO subscriptions SELECT * FROM slow")
    client.command("DROP TABLE slow SYNC")
    assert tables(client) == expected
    client.command("OPTIMIZE TABLE subscriptions FINAL")
    assert tables(client) == expected


def test_records_of_every_topic_can_come_again_in_any_batches(
    client: Client, writer: Writer
) -> None:
    records: list[Record] = [record(event) for event in lives(25, 10, clock.now())]
    records += [raw(b"one", "r1"), raw(b"two", "r2"), outcome(), attempt(), attempt(attempt=2)]
    writer.write(records)
    names = (*SHOWN, "notifications", "outcomes", "attempts")
    expected = [table(client, name) for name in names]
    random = Random(3)
    again = random.sample(records, len(records))
    for start in range(0, len(again), 40):
        writer.write(again[start:][:40])
    assert [table(client, name) for name in names] == expected


def test_an_insert_that_was_answered_is_on_the_disk(client: Client) -> None:
    """Offsets are committed after it: what a power cut took from ClickHouse, Kafka would not tell again."""
    found = client.query(
        "SELECT name, create_table_query FROM system.tables"
        " WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    )
    made = {row[0]: row[1] for row in found.result_rows}
    assert made.keys() >= {*SHOWN, "notifications", "outcomes", "attempts", "erasures"}
    once = {"mrr_durations", "mrr_lengths"}  # of a migration, which is applied again
    for name, sql in made.items():
        durable = "fsync_after_insert = 1" in sql and "fsync_part_directory = 1" in sql
        assert durable or name in once, name
