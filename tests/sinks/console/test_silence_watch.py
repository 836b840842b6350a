"""A store's silence is measured for whoever does not look at the page, by the page's own rule."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from prometheus_client import REGISTRY

from sinks.charts.engine import Engine, QueryError
from sinks.charts.last_received import Labels
from sinks.charts.reader import Reader
from sinks.charts.writer import Writer
from sinks.console.silence import LEAST, WEEK
from sinks.console.silence_watch import SilenceWatch
from streams.observe import clock
from tests.sinks.charts.records import outcome
from tests.sinks.charts.test_last_received import NOTHING, PROJECT, word

APPLE = {"app": "tide", "store": "app_store"}
HOUR = timedelta(hours=1)


@pytest_asyncio.fixture
async def reader(clickhouse: Engine) -> AsyncIterator[Reader]:
    async with Reader(clickhouse) as reading:
        yield reading


def measured() -> tuple[float | None, float | None]:
    """Seconds of silence, and how many are usual at most."""
    return (
        REGISTRY.get_sample_value("sn_store_silent_seconds", APPLE),
        REGISTRY.get_sample_value("sn_store_patience_seconds", APPLE),
    )


def labeled(last_received_at: datetime | None) -> Labels:
    labels = Labels()
    labels.learn(word("tide/app_store", replace(NOTHING, last_received_at=last_received_at)))
    return labels


@pytest.mark.parametrize(
    ("every", "at_most"), [(timedelta(minutes=10), LEAST), (2 * HOUR, 3 * HOUR)]
)
async def test_it_is_measured_beside_what_is_usual(
    reader: Reader, writer: Writer, every: timedelta, at_most: timedelta
) -> None:
    now = clock.now()
    last = now - 5 * HOUR
    writer.write(outcome(received_at=last - n * every, tracked=True) for n in range(48))
    await SilenceWatch(reader, labeled(last), PROJECT).tell(now)

    assert measured() == (5 * HOUR.total_seconds(), at_most.total_seconds())


async def test_too_little_is_known_of_a_store_that_spoke_seldom(reader: Reader) -> None:
    now = clock.now()
    await SilenceWatch(reader, labeled(now - HOUR), PROJECT).tell(now)
    assert measured() == (HOUR.total_seconds(), WEEK.total_seconds())


async def test_of_a_store_that_never_spoke_there_is_no_silence(reader: Reader) -> None:
    now = clock.now()
    await SilenceWatch(reader, labeled(now), PROJECT).tell(now)
    assert measured() == (0.0, WEEK.total_seconds())
    await SilenceWatch(reader, labeled(None), PROJECT).tell(now)
    assert measured() == (None, None)


async def test_without_clickhouse_nothing_is_told_rather_than_what_it_was_last(
    reader: Reader, clickhouse: Engine
) -> None:
    now = clock.now()
    watch = SilenceWatch(reader, labeled(now), PROJECT)
    await watch.tell(now)
    assert measured() != (None, None)

    client = clickhouse.client()
    client.command("RENAME TABLE outcomes TO away")
    try:
        with pytest.raises(QueryError):
            await reader.ask("SELECT count() FROM outcomes", {})
        later = now + timedelta(minutes=2)  # answers of one minute are kept
        await SilenceWatch(reader, labeled(now), PROJECT).tell(later)
    finally:
        client.command("RENAME TABLE away TO outcomes")
        client.close()
    assert measured() == (None, None)
