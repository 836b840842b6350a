"""The console as a process of its own: it follows Kafka, and is ready, and ends when it is told to."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest_asyncio
from aiohttp import ClientSession

from sinks.charts.engine import Engine
from sinks.console.role import Role
from streams.contracts.codec import encode
from streams.contracts.ids import AppId
from streams.contracts.outcome import LastReceived
from streams.contracts.project import App, Project
from streams.contracts.step import Out
from streams.contracts.topics import LAST_RECEIVED
from streams.kafka.producer import Producer
from streams.observe import clock
from streams.settings.environment import load_settings
from streams.settings.kafka import KafkaSettings
from tests.conftest import free_ports
from tests.sinks.charts.test_last_received import APPLE, PROJECT

APP = AppId("lone")


def _project() -> Project:
    (first, *_) = PROJECT.apps
    app: App = replace(first, app_id=APP)
    return replace(PROJECT, apps=(app,))


@pytest_asyncio.fixture
async def url(
    kafka: KafkaSettings, topics: tuple[str, ...], directory: Engine, tmp_path: Path
) -> AsyncIterator[str]:
    """On an engine without tables: what Kafka says is shown all the same."""
    (port,) = free_ports(1)
    settings = load_settings(
        {
            "SN_KAFKA": kafka.bootstrap,
            "SN_DATA_DIR": str(tmp_path),
            "SN_CLICKHOUSE": directory.name,
            "SN_CONSOLE_PORT": str(port),
        }
    )
    told = asyncio.Event()
    running = asyncio.create_task(Role(settings=settings, project=_project()).run(told))
    address = f"http://127.0.0.1:{port}"
    async with asyncio.timeout(30), ClientSession() as session:
        while not running.done() and not await _ready(session, address):  # noqa: ASYNC110 - it can only be asked
            await asyncio.sleep(0.05)
    yield address
    told.set()
    await running


async def _ready(session: ClientSession, address: str) -> bool:
    try:
        async with session.get(f"{address}/readyz") as answer:
            return answer.status == 200
    except OSError:
        return False


async def test_a_label_that_moves_in_kafka_is_news_and_on_the_page(
    url: str, kafka: KafkaSettings
) -> None:
    label = LastReceived(app_id=APP, store=APPLE, last_received_at=clock.now())
    async with ClientSession() as session, session.get(f"{url}/live") as live:
        async with session.get(url) as page:
            assert "No notifications received" in await page.text()
        async with Producer(kafka, client_id="receipts") as producer:
            key = f"{APP}/{APPLE}".encode()
            await producer.send(Out(topic=LAST_RECEIVED, key=key, value=encode(label)))
        async with asyncio.timeout(10):
            while b"stores" not in await live.content.readuntil(b"\n\n"):
                pass
        async with session.get(url) as page:
            assert "Last received <time" in await page.text()
