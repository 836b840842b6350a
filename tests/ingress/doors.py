"""Opens the real doors on the real broker, and reads back what they wrote."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
from aiokafka import AIOKafkaConsumer, TopicPartition

from ingress.app import api_door, notifications_door
from ingress.config import Limits
from streams.contracts.step import Record
from streams.kafka.connection import client_options
from streams.kafka.records import as_record
from streams.settings.environment import Settings, load_settings
from streams.settings.kafka import KafkaSettings
from streams.settings.project_file import ProjectFile, load_project
from tests.conftest import free_ports

STRIPE, STRIPE_NEXT = "stripe-token-aaaaaaaaaaaa", "stripe-token-bbbbbbbbbbbb"
APPLE = "apple-token-cccccccccccccc"
KEY, OTHER_KEY = "backend-key-dddddddddddd", "backend-key-eeeeeeeeeeee"
ENVIRON = {"S1": STRIPE, "S2": STRIPE_NEXT, "A1": APPLE, "K1": KEY, "K2": OTHER_KEY}
PROJECT = """
[project]
name = "Test"
[[apps]]
id = "yoga"
backend_keys = [{env = "K1"}]
[[apps.stores]]
store = "stripe"
tokens = [{env = "S1"}, {env = "S2"}]
[[apps.stores]]
store = "app_store"
environments = ["PRODUCTION"]
tokens = [{env = "A1"}]
[[apps]]
id = "chess"
backend_keys = [{env = "K2"}]
[[apps.stores]]
store = "play_store"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One door, listening. `at` makes an address of it, `post` posts a body there."""

    port: int
    health_port: int
    session: aiohttp.ClientSession

    def at(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def post(
        self,
        body: Any,  # noqa: ANN401 - whatever aiohttp takes as data
        path: str = f"/v1/notifications/stripe/{STRIPE}",
        **headers: str,
    ) -> tuple[int, Any]:
        data = BytesIO(body) if isinstance(body, bytes) else body
        async with self.session.post(self.at(path), data=data, headers=headers) as answer:
            return answer.status, await answer.json()

    async def ready(self, path: str = "/readyz") -> bool:
        url = f"http://127.0.0.1:{self.health_port}{path}"
        async with self.session.get(url) as answer:
            return answer.status == 200

    async def wait_until_ready(self) -> None:
        async with asyncio.timeout(30):
            while not await self.ready():  # noqa: ASYNC110 - readiness is asked, as a load balancer does
                await asyncio.sleep(0.02)


def write_project(folder: Path) -> ProjectFile:
    path = folder / "project.toml"
    path.write_text(PROJECT, encoding="utf-8")
    return load_project(path, ENVIRON)


def settings_of(kafka: KafkaSettings, folder: Path, **ports: int) -> Settings:
    environ = {"SN_KAFKA": kafka.bootstrap, "SN_DATA_DIR": str(folder), "SN_LOCAL": "1"}
    return load_settings(environ | {name: str(port) for name, port in ports.items()})


@asynccontextmanager
async def open_notifications(
    kafka: KafkaSettings, folder: Path, limits: Limits | None = None, *, ready: bool = True
) -> AsyncIterator[Door]:
    public, private = free_ports(2)
    settings = settings_of(kafka, folder, SN_NOTIFICATIONS_PORT=public, SN_HEALTH_PORT=private)
    inside = notifications_door(settings, write_project(folder), limits or Limits())
    async with inside as port, aiohttp.ClientSession() as session:
        door = Door(port=port, health_port=private, session=session)
        if ready:
            await door.wait_until_ready()
        yield door


@asynccontextmanager
async def open_api(
    kafka: KafkaSettings, folder: Path, limits: Limits | None = None
) -> AsyncIterator[Door]:
    (private,) = free_ports(1)
    settings = settings_of(kafka, folder, SN_API_PORT=private)
    inside = api_door(settings, write_project(folder), limits or Limits())
    async with inside as port, aiohttp.ClientSession() as session:
        door = Door(port=port, health_port=port, session=session)
        await door.wait_until_ready()
        yield door


class Tail:
    """What was written to a topic since this was opened."""

    def __init__(self, kafka: KafkaSettings, topic: str) -> None:
        self._topic = topic
        self._client = AIOKafkaConsumer(
            **client_options(kafka), enable_auto_commit=False, auto_offset_reset="none"
        )
        self._at: dict[TopicPartition, int] = {}

    async def __aenter__(self) -> "Tail":
        await self._client.start()
        await self._client._client._wait_on_metadata(self._topic)
        parts = self._client.partitions_for_topic(self._topic)
        assert parts, f"no topic {self._topic}"
        self._client.assign([TopicPartition(self._topic, part) for part in parts])
        self._at = await self._client.end_offsets(self._client.assignment())
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._client.stop()

    async def read(self) -> list[Record]:
        """All of it, oldest first in each partition."""
        ends = await self._client.end_offsets(self._client.assignment())
        for partition, offset in self._at.items():
            self._client.seek(partition, offset)
        left = sum(ends[partition] - offset for partition, offset in self._at.items())
        records: list[Record] = []
        async with asyncio.timeout(20):
            while len(records) < left:
                found = await self._client.getmany(timeout_ms=500)
                records += [as_record(one) for batch in found.values() for one in batch]
        return records
