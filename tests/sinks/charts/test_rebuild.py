"""A rebuild: what it makes equals the live table, while writes go on, and a failure changes nothing."""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts import fold_ledger
from sinks.charts import rebuild as rebuilding
from sinks.charts.engine import Engine
from sinks.charts.fold_ledger import needs_rebuild
from sinks.charts.merging import Merge, merge
from sinks.charts.rebuild import REBUILT, Progress, Rebuild, State, Tables
from sinks.charts.role import _writer as opened
from sinks.charts.writer import Writer
from streams.contracts.event import Event
from streams.observe import clock
from tests.sinks.charts.asking import table, tell
from tests.sinks.charts.asking import write as write_stories
from tests.sinks.charts.lives import lives
from tests.sinks.charts.story import Story

BOGUS = "INSERT INTO subscriptions (app_id, environment, sub_key, version) VALUES ('x', 'SANDBOX', 1, 1)"


@pytest.fixture
def writing() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as thread:
        yield thread


async def ended(rebuild: Rebuild) -> Progress:
    rebuild.start()
    async with asyncio.timeout(60):
        while rebuild.progress.running:  # noqa: ASYNC110 - it is asked as the command asks it
            await asyncio.sleep(0.01)
    return rebuild.progress


def batches(events: Sequence[Event], count: int) -> list[list[Event]]:
    return [list(events[start::count]) for start in range(count)]


def folded_afresh(client: Client) -> list[tuple[object, ...]]:
    client.command("CREATE TABLE afresh AS subscriptions")
    Writer(client).fold_between(0, 2**64 - 1, "afresh")
    rows = table(client, "afresh")
    client.command("DROP TABLE afresh SYNC")
    return rows


async def test_the_rebuilt_table_equals_the_live_one_while_two_writers_go_on(
    clickhouse: Engine,
    client: Client,
    writer: Writer,
    writing: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One writes in the thread that the rebuild knows, the other as another process would."""
    monkeypatch.setattr(rebuilding, "EVENTS_A_PART", 60)
    events = lives(3, 120, clock.now())
    tell(writer, events[: len(events) // 2])
    client.command(BOGUS)
    ours, theirs = batches(events, 2)
    other = Writer(clickhouse.client())
    rebuild = Rebuild(clickhouse, writing)

    async def write(thread: ThreadPoolExecutor, by: Writer, told: Sequence[Event]) -> int:
        during = 0
        for batch in batches(told, 8):
            await asyncio.get_running_loop().run_in_executor(thread, partial(tell, by, batch))
            during += rebuild.progress.running
        return during

    with ThreadPoolExecutor(1) as elsewhere:
        progress, *during = await asyncio.gather(
            ended(rebuild), write(writing, writer, ours), write(elsewhere, other, theirs)
        )
    assert progress.state is State.DONE, progress.problem
    assert min(during) > 1, "writes went on"
    assert progress.parts > 5
    live = table(client, "subscriptions")
    assert live == folded_afresh(client)
    assert ("x", "SANDBOX") not in {row[:2] for row in live}, "it was made afresh"


async def test_a_rebuild_changes_nothing_of_a_good_table_and_can_be_asked_twice(
    clickhouse: Engine, client: Client, writer: Writer, writing: ThreadPoolExecutor
) -> None:
    tell(writer, lives(4, 60, clock.now()))
    before = table(client, "subscriptions")
    rebuild = Rebuild(clickhouse, writing)
    for _ in range(2):
        progress = await ended(rebuild)
        assert (progress.state, progress.subscriptions) == (State.DONE, len(before))
        assert table(client, "subscriptions") == before


async def test_what_was_filled_by_parts_is_merged_before_it_is_live(
    clickhouse: Engine,
    client: Client,
    writer: Writer,
    writing: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live_then = []

    def seen(by: Client, name: str) -> Merge:
        live_then.append((name, client.query("SELECT count() FROM subscriptions").first_row[0]))
        return merge(by, name)

    monkeypatch.setattr(rebuilding, "EVENTS_A_PART", 20)
    monkeypatch.setattr(rebuilding, "merge", seen)
    tell(writer, lives(5, 40, clock.now()))
    client.command("TRUNCATE TABLE subscriptions")
    await ended(Rebuild(clickhouse, writing))
    assert live_then == [(REBUILT, 0)]
    assert client.query("SELECT count() FROM subscriptions").first_row[0] > 0


async def test_one_that_was_killed_in_the_middle_is_begun_again(
    clickhouse: Engine, client: Client, writer: Writer, writing: ThreadPoolExecutor
) -> None:
    tell(writer, lives(4, 20, clock.now()))
    client.command(f"CREATE TABLE {REBUILT} AS subscriptions")
    client.command(BOGUS.replace("subscriptions", REBUILT, 1))
    assert (await ended(Rebuild(clickhouse, writing))).state is State.DONE
    assert table(client, "subscriptions") == folded_afresh(client)


def test_what_a_killed_one_left_is_gone_when_the_role_starts(
    clickhouse: Engine, client: Client, writer: Writer
) -> None:
    """It may name somebody who is erased now, and takes the room of the whole table."""
    tell(writer, lives(4, 5, clock.now()))
    tables = Tables(client)
    tables.fold(0, tables.begin())
    before = table(client, "subscriptions")
    opened(clickhouse)
    assert client.query(f"EXISTS TABLE {REBUILT}").first_row == (0,)
    assert table(client, "subscriptions") == before


async def test_one_that_fails_says_why_and_leaves_the_live_table(
    clickhouse: Engine, client: Client, writer: Writer, writing: ThreadPoolExecutor
) -> None:
    tell(writer, lives(4, 20, clock.now()))
    before = table(client, "subscriptions")
    client.command("RENAME TABLE mrr_durations TO away")
    try:
        progress = await ended(Rebuild(clickhouse, writing))
    finally:
        client.command("RENAME TABLE away TO mrr_durations")
    assert progress.state is State.FAILED
    assert "mrr_durations" in progress.problem
    assert table(client, "subscriptions") == before


async def test_one_that_is_ended_leaves_the_live_table(
    clickhouse: Engine, client: Client, writer: Writer, writing: ThreadPoolExecutor
) -> None:
    tell(writer, lives(4, 20, clock.now()))
    before = table(client, "subscriptions")
    rebuild = Rebuild(clickhouse, writing)
    rebuild.start()
    await asyncio.sleep(0.05)
    await rebuild.end()
    assert table(client, "subscriptions") == before


def test_a_customer_who_is_erased_meanwhile_does_not_come_back_with_the_new_table(
    client: Client, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "_OVERLAP", timedelta())
    story = Story(customer="ann@example.com")
    story.pays("2026-01-01", "2026-02-01", "4.99")
    write_stories(writer, story)
    tables = Tables(client)
    tables.fold(0, tables.begin())
    erasure = writer.erase("tide", "ann@example.com")
    tables.swap()
    tables.finish()
    assert client.query("SELECT customer_id FROM subscriptions FINAL").result_rows == [
        (erasure.pseudonym,)
    ]


async def test_a_fold_that_changed_asks_for_a_rebuild_until_there_was_one(
    clickhouse: Engine,
    client: Client,
    writer: Writer,
    writing: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client.command("DELETE FROM schema_migrations WHERE name = 'fold'")
    assert not needs_rebuild(client, clock.now()), "an empty table is folded by any"
    tell(writer, lives(4, 5, clock.now()))
    assert not needs_rebuild(client, clock.now())
    monkeypatch.setattr(fold_ledger, "_sha256", lambda: "another")
    assert needs_rebuild(client, clock.now())
    await ended(Rebuild(clickhouse, writing))
    assert not needs_rebuild(client, clock.now())
