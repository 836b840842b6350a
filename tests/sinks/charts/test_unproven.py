"""A store whose secret changed is told among what needs somebody; a forgery between genuine ones is not."""

from datetime import datetime, timedelta

import pytest

from sinks.charts.engine import Engine
from sinks.charts.reader import Reader
from sinks.charts.unproven import JUDGED, judged_asked, unproven
from sinks.charts.writer import Writer
from streams.contracts.ids import AppId
from streams.contracts.outcome import OutcomeKind
from streams.contracts.step import Record
from streams.contracts.words import Origin
from streams.observe import clock
from tests.sinks.charts.records import Field, outcome


@pytest.fixture
def now() -> datetime:
    return clock.now()


def came(now: datetime, minutes_ago: int, **more: Field) -> Record:
    place: dict[str, Field] = {
        "source": "notifications.raw/0",
        "source_offset": 10**6 - minutes_ago,
    }
    return outcome(**(place | {"received_at": now - timedelta(minutes=minutes_ago)} | more))


def forged(now: datetime, minutes_ago: int, **more: Field) -> Record:
    rejected: dict[str, Field] = {"kind": OutcomeKind.REJECTED, "reason": "signature"}
    return came(now, minutes_ago, **(rejected | more))


async def told(engine: Engine, now: datetime) -> list[str]:
    async with Reader(engine) as reader:
        return [one.what for one in unproven((await reader.ask(JUDGED, judged_asked(now))).rows)]


async def test_nothing_genuine_since_the_secret_changed_is_told(
    clickhouse: Engine, writer: Writer, now: datetime
) -> None:
    writer.write([came(now, 90), *(forged(now, minutes) for minutes in range(1, 6))])
    writer.write([forged(now, 3), came(now, 2, origin=Origin.REFRESH)])

    (what,) = await told(clickhouse, now)
    assert "the last 5 notifications were rejected (signature), none was genuine." in what


async def test_what_is_rejected_between_genuine_ones_is_not(
    clickhouse: Engine, writer: Writer, now: datetime
) -> None:
    writer.write([*(forged(now, minutes) for minutes in range(2, 30)), came(now, 1)])
    other = AppId("other")
    writer.write([forged(now, minutes, app_id=other) for minutes in range(1, 5)])

    assert await told(clickhouse, now) == []


def test_what_to_do_is_the_store_s_own_advice_and_the_check() -> None:
    (one,) = unproven([("notes", "app_store", 5, "signature")])
    assert one.do.startswith("Apple did not sign it: ")
    assert "python -m streams setup notes app_store --check" in one.do
    (other,) = unproven([("notes", "app_store", 5, "wrong_app")])
    assert other.do.startswith("python -m streams setup notes app_store --check")
