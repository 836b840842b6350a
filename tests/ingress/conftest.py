"""Fixtures of the doors: each test has its own door, on the session's broker."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from streams.contracts.topics import RAW
from streams.settings.kafka import KafkaSettings
from tests.ingress.doors import Door, Tail, open_api, open_notifications


@pytest.fixture
async def door(
    kafka: KafkaSettings, topics: tuple[str, ...], tmp_path: Path
) -> AsyncIterator[Door]:
    """The notification route with the default limits."""
    async with open_notifications(kafka, tmp_path) as opened:
        yield opened


@pytest.fixture
async def api(kafka: KafkaSettings, topics: tuple[str, ...], tmp_path: Path) -> AsyncIterator[Door]:
    """The backends' API."""
    async with open_api(kafka, tmp_path) as opened:
        yield opened


@pytest.fixture
async def raw(kafka: KafkaSettings, topics: tuple[str, ...]) -> AsyncIterator[Tail]:
    """What the test led to in notifications.raw."""
    async with Tail(kafka, RAW) as tail:
        yield tail
