"""The console served in this process: the real application and engine, a topic that is a list."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from sinks.charts.engine import Engine
from tests.sinks.console.site import Site, site


@pytest_asyncio.fixture
async def console(clickhouse: Engine, tmp_path: Path) -> AsyncIterator[Site]:
    """Open to this machine, without any password, on empty tables."""
    async with site(clickhouse, tmp_path) as served:
        yield served
