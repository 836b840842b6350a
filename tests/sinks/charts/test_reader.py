"""Questions: three at once, limits kept, the same answer for a moment."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from clickhouse_connect.driver.client import Client

from sinks.charts import reader as reading
from sinks.charts.answer import as_csv
from sinks.charts.catalog import view_names
from sinks.charts.engine import Engine, QueryError
from sinks.charts.reader import MOST_ROWS, Reader
from sinks.charts.writer import Writer
from streams.contracts.errors import TransientError
from tests.sinks.charts.asking import write
from tests.sinks.charts.story import Story

COUNT = "SELECT count() AS n FROM events"
SLOW = "SELECT sum(cityHash64(number)) FROM numbers_mt({n:UInt64})"


@pytest_asyncio.fixture
async def reader(clickhouse: Engine) -> AsyncIterator[Reader]:
    async with Reader(clickhouse) as opened:
        yield opened


async def test_an_answer_has_names_types_and_plain_values(reader: Reader) -> None:
    answer = await reader.ask(
        "SELECT toDate('2026-01-31') AS day, toDateTime64('2026-01-31 12:00:00.5', 3, 'UTC') AS at,"
        " toDecimal64(1.25, 6) AS usd, {x:String} AS text, [1, 2] AS list, NULL AS nothing",
        {"x": "it's"},
    )
    assert answer.records() == [
        {
            "day": "2026-01-31",
            "at": "2026-01-31T12:00:00.500000Z",
            "usd": 1.25,
            "text": "it's",
            "list": [1, 2],
            "nothing": None,
        }
    ]
    assert [column.type for column in answer.columns][:2] == ["Date", "DateTime64(3, 'UTC')"]


async def test_an_answer_without_rows_has_its_names_and_types(reader: Reader) -> None:
    asked = await reader.ask(
        "SELECT store, 1 AS n FROM events WHERE app_id = {x:String}", {"x": ""}
    )
    freely = await reader.ask_freely("SELECT store, 1 AS n FROM events;", view_names())

    assert asked.rows == freely.rows == ()
    for answer in (asked, freely):
        told = [(column.name, column.type) for column in answer.columns]
        assert told == [("store", "LowCardinality(String)"), ("n", "UInt8")]
    assert as_csv(asked) == "store,n\n"


async def test_an_answer_is_given_again_for_a_moment_and_then_asked_anew(
    reader: Reader, client: Client, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "FRESH", 60.0)  # a slow machine takes its time to write
    assert (await reader.ask(COUNT)).rows == ((0,),)
    story = Story()
    story.pays("2026-01-01", "2026-02-01", "4.99")
    write(writer, story)
    assert (await reader.ask(COUNT)).rows == ((0,),)
    monkeypatch.setattr(reading, "FRESH", 0.0)
    assert (await reader.ask(COUNT)).rows == ((1,),)


async def test_an_error_is_not_remembered(reader: Reader, client: Client) -> None:
    with pytest.raises(QueryError, match="soon"):
        await reader.ask("SELECT * FROM soon")
    client.command("CREATE TABLE soon (n Int64) ENGINE = Memory")
    assert (await reader.ask("SELECT * FROM soon")).rows == ()
    client.command("DROP TABLE soon")


async def test_three_are_asked_at_once_and_the_others_wait(reader: Reader) -> None:
    running = [asyncio.create_task(reader.ask(SLOW, {"n": 60_000_000 + n})) for n in range(6)]
    await asyncio.sleep(0.05)
    assert reader._turn.locked()
    answers = await asyncio.gather(*running)
    assert len({answer.rows for answer in answers}) == 6
    assert len(reader._idle) == reading.AT_ONCE


async def test_too_many_waiting_questions_are_sent_away(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_WAITING", 2)
    running = [asyncio.create_task(reader.ask(SLOW, {"n": 30_000_000 + n})) for n in range(4)]
    await asyncio.sleep(0.01)
    with pytest.raises(TransientError, match="ask again later"):
        await reader.ask(COUNT)
    await asyncio.gather(*running, return_exceptions=True)


async def test_a_reader_cant_write(reader: Reader) -> None:
    with pytest.raises(QueryError, match="readonly"):
        await reader.ask("INSERT INTO mrr_durations VALUES ('P1M', 9, 9)")


async def test_what_is_too_large_for_memory_is_refused_and_nothing_else(reader: Reader) -> None:
    with pytest.raises(TransientError, match=r"[Mm]emory limit"):
        await reader.ask("SELECT groupArray(number) FROM numbers(1000000000)")
    assert (await reader.ask("SELECT 1")).rows == ((1,),)


async def test_more_rows_than_are_answered_are_said_to_be_more(reader: Reader) -> None:
    statement = "SELECT number FROM numbers(250000)"
    answer = await reader.ask_freely(statement, view_names())
    assert (len(answer.rows), answer.truncated) == (MOST_ROWS, True)
    assert not (await reader.ask_freely("SELECT 1", view_names())).truncated


async def test_files_that_cannot_be_read_are_told_of_when_a_statement_of_ours_meets_them(
    reader: Reader, clickhouse: Engine, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = "SELECT sum(length(app_id)) FROM outcomes"
    client.command("INSERT INTO outcomes (app_id, received_at) VALUES ('yoga', now())")
    _empty_files(client, "outcomes")
    too_soon = asyncio.create_task(reader.damaged())
    with pytest.raises(QueryError):
        await reader.ask(sql)

    monkeypatch.setattr(reading, "SETTLED", 0.0)
    async with Reader(clickhouse) as settled:
        told = asyncio.create_task(settled.damaged())
        with pytest.raises(QueryError):
            await settled.ask_freely(sql, view_names())
        await asyncio.sleep(0.1)
        assert not told.done()

        with pytest.raises(QueryError) as met:
            await settled.ask(sql)
        with pytest.raises(QueryError, match="outcomes") as damage:
            await told
    assert damage.value is met.value
    assert not too_soon.done(), (
        "it has just started, and did not mend it: the next start would not either"
    )
    too_soon.cancel()


def _empty_files(client: Client, table: str) -> None:
    """As a merge leaves a part that met a full disk."""
    asked = "SELECT path FROM system.parts WHERE active AND database = currentDatabase() AND table = {t:String}"
    (path,) = client.query(asked, {"t": table}).first_row
    for content in (*Path(path).glob("*.cmrk*"), *Path(path).glob("*.bin")):
        content.write_bytes(b"")
