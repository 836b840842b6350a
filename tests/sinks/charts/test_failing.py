"""A destination that takes nothing is told among what needs somebody; one that stumbles is not."""

from datetime import datetime

import pytest

from sinks.charts.engine import Engine
from sinks.charts.failing import TRIED, failing, tried_asked
from sinks.charts.reader import Reader
from sinks.charts.writer import Writer
from sinks.delivery.attempts import AttemptResult
from streams.contracts.step import Record
from streams.observe import clock
from tests.sinks.charts.test_delivery_health import failed, tried


@pytest.fixture
def now() -> datetime:
    return clock.now()


async def told(engine: Engine, now: datetime) -> list[str]:
    async with Reader(engine) as reader:
        return [one.what for one in failing((await reader.ask(TRIED, tried_asked(now))).rows)]


def given_up(now: datetime, event: int, reason: str) -> Record:
    return failed(now, 1, event, attempt=0, result=AttemptResult.DEAD, reason=reason)


async def test_one_that_takes_nothing_is_told_with_its_last_reason(
    clickhouse: Engine, writer: Writer, now: datetime
) -> None:
    writer.write([tried(now, 20, n) for n in range(5)])
    writer.write([failed(now, minutes, minutes) for minutes in range(1, 10)])
    writer.write([failed(now, 0.5, 10, reason="timeout"), failed(now, 21, 11)])

    assert await told(clickhouse, now) == [
        "backend takes nothing: the last 10 attempts failed, the last of all: timeout."
    ]


async def test_one_that_stumbles_is_not(clickhouse: Engine, writer: Writer, now: datetime) -> None:
    writer.write([failed(now, minutes, minutes) for minutes in range(2, 20)])
    writer.write([tried(now, 1, 30)])
    writer.write([failed(now, n, n, destination="new") for n in range(1, 10)])

    assert await told(clickhouse, now) == []


async def test_what_was_given_up_is_told_but_not_of_one_that_somebody_paused(
    clickhouse: Engine, writer: Writer, now: datetime
) -> None:
    writer.write([tried(now, 2, 1), given_up(now, 2, "http_410"), given_up(now, 3, "disabled")])
    writer.write([failed(now, 1, 4, destination="off", attempt=0, result="dead", reason="paused")])

    (what,) = await told(clickhouse, now)
    assert what.startswith("backend: 2 deliveries were given up in the last hour, the last: ")


def test_what_to_do_names_the_destination() -> None:
    (one,) = failing([("backend", 10, 0, "http_500")])
    assert "test-event backend tries it now" in one.do
