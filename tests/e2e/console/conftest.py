"""One browser, in which each sight has a profile of its own, and what is known of the service that its pages show."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from tests.e2e.console.browser import chromium
from tests.e2e.console.known import Known, fill
from tests.e2e.stack import Running


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def known(browser: Browser, running: Running) -> Known:
    """Everything that pages show was posted: to be seen whatever ran before."""
    async with running.service() as service:
        return await fill(running, service)
