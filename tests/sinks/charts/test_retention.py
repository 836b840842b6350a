"""Retention: old sandbox subscriptions go, whole; production and what is still in use stays."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from clickhouse_connect.driver.client import Client

from sinks.charts.engine import Engine
from sinks.charts.rebuild import Tables
from sinks.charts.retention import Retention, delete_old_sandbox
from sinks.charts.writer import Writer
from streams.contracts.words import Environment
from tests.sinks.charts.asking import table, write
from tests.sinks.charts.story import Story, moment


def story(name: str, environment: Environment, *starts: str) -> Story:
    told = Story(name, environment=environment)
    for start in starts:
        told.pays(start, moment(start) + timedelta(days=30), "4.99")
    return told


def left(client: Client, name: str) -> list[tuple[str, int]]:
    """Each subscription's last part and how many rows it has."""
    found = client.query(f"SELECT subscription_id, count() FROM {name} FINAL GROUP BY ALL")
    return sorted((row[0].rpartition("/")[2], row[1]) for row in found.result_rows)


def test_sandbox_goes_whole_90_days_after_its_last_word(client: Client, writer: Writer) -> None:
    sandbox, production = Environment.SANDBOX, Environment.PRODUCTION
    write(
        writer,
        story("old", sandbox, "2026-01-01", "2026-01-31"),
        story("used", sandbox, "2026-01-01", "2026-02-02"),
        story("real", production, "2025-01-01"),
    )
    delete_old_sandbox(client, moment("2026-05-01"))
    assert left(client, "events") == [("old", 2), ("real", 1), ("used", 2)]
    delete_old_sandbox(client, moment("2026-05-01") + timedelta(seconds=1))
    assert left(client, "events") == [("real", 1), ("used", 2)]
    assert left(client, "subscriptions") == [("real", 1), ("used", 1)]


def test_one_that_comes_again_after_it_went_is_there_again(client: Client, writer: Writer) -> None:
    told = story("old", Environment.SANDBOX, "2026-01-01")
    write(writer, told)
    before = table(client, "subscriptions")
    delete_old_sandbox(client, moment("2026-06-01"))
    assert table(client, "subscriptions") == []
    write(writer, told)
    assert table(client, "subscriptions") == before


def test_what_a_rebuild_brought_back_after_it_went_goes_the_next_time(
    client: Client, writer: Writer
) -> None:
    """The rebuild had read its events before they were deleted."""
    write(writer, story("old", Environment.SANDBOX, "2026-01-01"))
    tables = Tables(client)
    tables.fold(0, tables.begin())
    delete_old_sandbox(client, moment("2026-06-01"))
    tables.swap()
    tables.finish()
    assert left(client, "subscriptions") == [("old", 1)]
    delete_old_sandbox(client, moment("2026-06-02"))
    assert left(client, "subscriptions") == []


async def test_the_role_does_it_at_its_start(
    clickhouse: Engine, client: Client, writer: Writer
) -> None:
    write(writer, story("old", Environment.SANDBOX, "2020-01-01"))
    with ThreadPoolExecutor(1) as writing:
        keeping = asyncio.create_task(Retention(clickhouse, writing).keep())
        async with asyncio.timeout(30):
            while table(client, "events"):  # noqa: ASYNC110 - ClickHouse has no Event to wait for
                await asyncio.sleep(0.05)
        keeping.cancel()
    assert left(client, "subscriptions") == []
