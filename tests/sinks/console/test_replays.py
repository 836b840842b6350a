"""A replay asked for in the console, on the real broker: counted, confirmed, sent once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from sinks.charts.engine import Engine
from sinks.delivery.delivery import Delivery, OpenRecord, dead_out
from sinks.destinations.filters import Filter
from streams.contracts.topics import DELIVERIES
from streams.contracts.words import Environment
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings
from tests.sinks.console.site import Site, site
from tests.sinks.delivery.deliveries import NOW, plan, record_of
from tests.sinks.delivery.running import events_of
from tests.streams.kafka.conftest import read_all


@pytest.fixture
def name() -> str:
    return f"console-{uuid4().hex[:8]}"


@pytest_asyncio.fixture
async def console(
    clickhouse: Engine, tmp_path: Path, kafka: KafkaSettings, topics: tuple[str, ...], name: str
) -> AsyncIterator[Site]:
    """With three of its events in the dead letters."""
    async with Producer(kafka, client_id="test") as producer:
        for one in events_of(name, 3):
            opened = OpenRecord(record_of(one), read_at=0.0)
            lost = Delivery(event=one, destination=name, first_at=NOW, open=opened)
            await producer.send(dead_out(lost, attempts=3, reason="paused", detail=""))
    environ = {"SN_KAFKA": kafka.bootstrap}
    async with site(clickhouse, tmp_path, environ, plans=(plan(name),)) as served:
        yield served


async def shown(console: Site, here: str, text: str) -> str:
    """The page, once it says so."""
    async with asyncio.timeout(20):
        while text not in (page := await console.get(here)):  # noqa: ASYNC110 - as a person looks again
            await asyncio.sleep(0.1)
    return page


async def written(kafka: KafkaSettings, name: str) -> int:
    records = await read_all(kafka, DELIVERIES)
    return len([record for record in records if name.encode() in record.value])


async def test_letters_that_the_filter_takes_no_more_are_told(
    clickhouse: Engine, tmp_path: Path, kafka: KafkaSettings, topics: tuple[str, ...], name: str
) -> None:
    narrow = plan(name, filter=Filter(environment=Environment.SANDBOX))
    async with Producer(kafka, client_id="test") as producer:
        (one,) = events_of(name, 1)
        opened = OpenRecord(record_of(one), read_at=0.0)
        lost = Delivery(event=one, destination=name, first_at=NOW, open=opened)
        await producer.send(dead_out(lost, attempts=3, reason="paused", detail=""))
    here = f"/destinations/{name}"
    async with site(
        clickhouse, tmp_path, {"SN_KAFKA": kafka.bootstrap}, plans=(narrow,)
    ) as console:
        await console.post(f"{here}/count", page=here, **{"from": "dead"})
        page = await shown(console, here, "would be delivered again")

    assert "1 are left: the filter in project.toml takes them no more" in page


async def test_dead_letters_are_counted_first_and_sent_when_confirmed_and_only_once(
    console: Site, kafka: KafkaSettings, name: str
) -> None:
    here = f"/destinations/{name}"
    await console.post(f"{here}/count", page=here, **{"from": "dead"})
    counted = await shown(console, here, "would be delivered again")
    before = await written(kafka, name)
    number = counted.split('name="job" value="')[1].split('"')[0]
    sent = await console.post(f"{here}/replay", page=here, job=number)
    page = await shown(console, here, "on their way again")
    again = await console.post(f"{here}/replay", page=here, job=number)

    assert "<strong>3</strong>" in counted
    assert (before, await written(kafka, name)) == (0, 3)
    assert sent.status == 303
    assert "<strong>3</strong>" in page
    assert again.status == 400
    (audited, _) = console.written.audited
    assert (audited.what, audited.details) == ("destination.replay", {"asked": "dead letters"})


async def test_a_resume_can_deliver_what_was_missed(
    console: Site, kafka: KafkaSettings, name: str
) -> None:
    here = f"/destinations/{name}"
    await console.post(f"{here}/pause", page=here)
    await console.post(f"{here}/resume", page=here, missed="on")
    page = await shown(console, here, "on their way again")

    assert "<strong>3</strong>" in page
    assert "what it missed while nothing was sent to it" in page
