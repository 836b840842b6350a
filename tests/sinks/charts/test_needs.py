"""Tables that were lost, or folded by another version, are told; new ones, and those in order, are not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sinks.charts import fold_ledger
from sinks.charts.engine import Engine
from sinks.charts.fold_ledger import needs_rebuild
from sinks.charts.last_received import Labels
from sinks.charts.needs import Needs
from sinks.charts.reader import Reader
from sinks.charts.writer import Writer
from streams.contracts.outcome import LastReceived
from streams.observe import clock
from tests.sinks.charts.asking import write
from tests.sinks.charts.story import Story
from tests.sinks.charts.test_last_received import NOTHING, PROJECT, word


def labels(minutes: int, **counts: int) -> Labels:
    """Of one store, last heard of so long ago."""
    told = replace(
        NOTHING, last_received_at=clock.now() - timedelta(minutes=minutes), counts=counts
    )
    return learned(told)


def learned(told: LastReceived) -> Labels:
    found = Labels()
    found.learn(word("tide/app_store", told))
    return found


async def needed(engine: Engine, known: Labels) -> list[str]:
    async with Reader(engine) as reader:
        return [one.what for one in await Needs(reader, known, PROJECT).attention()]


async def test_no_event_though_notifications_were_matched_is_told(
    clickhouse: Engine, writer: Writer
) -> None:
    (what,) = await needed(clickhouse, labels(6, matched=3))
    assert what.startswith("ClickHouse holds no event, though notifications were matched")


async def test_new_tables_are_in_order(clickhouse: Engine, writer: Writer) -> None:
    assert await needed(clickhouse, learned(NOTHING)) == []
    assert await needed(clickhouse, labels(1, matched=1)) == []
    assert await needed(clickhouse, labels(6, parked=9)) == []


async def test_subscriptions_of_another_fold_are_told_and_what_mends_them(
    clickhouse: Engine, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = clickhouse.client()
    assert not needs_rebuild(client, clock.now())
    client.close()
    story = Story()
    story.pays("2026-01-01", "2026-02-01", "9.99")
    write(writer, story)
    assert await needed(clickhouse, labels(6, matched=3)) == []

    monkeypatch.setattr(fold_ledger, "_sha256", lambda: "another")

    (what,) = await needed(clickhouse, labels(6, matched=3))
    assert what.startswith("Subscriptions were folded by another version")
