"""A scene for each test; the long ones only with --faults."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from streams.settings.kafka import KafkaSettings
from tests.faults.scene import Scene


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what only `--faults` asks for."""
    if config.getoption("--faults"):
        return
    for item in items:
        if item.get_closest_marker("faults"):
            item.add_marker(pytest.mark.skip(reason="long: run with --faults"))


@pytest.fixture
async def scene(kafka: KafkaSettings, tmp_path: Path) -> AsyncIterator[Scene]:
    """Topics of its own on the shared broker; its workers end with the test."""
    made = Scene.named("fault", kafka, tmp_path)
    await made.prepare()
    try:
        yield made
    finally:
        made.end()
