"""The one script in a real browser: what it replaces, what it keeps, and when it stops listening."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Page, expect

from sinks.charts.engine import Engine
from sinks.console.live import learning
from streams.observe import clock
from tests.e2e.console.browser import DESKTOP, chromium, seen
from tests.sinks.charts.test_last_received import NOTHING, word
from tests.sinks.console.site import Site, site

_LABEL = "#last-tide-app_store"
_EXPECTED = "status of 503"  # the browser's own word, where a test lets it be answered
_SEEN = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    served: Site
    page: Page

    def hear(self, minutes: int) -> None:
        """The label moves to so many minutes ago."""
        at = clock.now() - timedelta(minutes=minutes)
        learn = learning(self.served.parts.labels, self.served.parts.live)
        learn(word("tide/app_store", replace(NOTHING, last_received_at=at)))

    async def says(self, text: str) -> None:
        await expect(self.page.locator(_LABEL)).to_contain_text(text)


@pytest_asyncio.fixture
async def opened(clickhouse: Engine, tmp_path: Path) -> AsyncIterator[Opened]:
    """Stores, live, in a browser of its own."""
    async with site(clickhouse, tmp_path) as served, chromium() as browser:
        base = str(served.client.make_url("/")).rstrip("/")
        async with seen(browser, base, DESKTOP) as sight:
            await sight.page.goto(base)
            await expect(sight.page.locator("#state")).to_have_text("Live")
            yield Opened(served=served, page=sight.page)
            assert [one for one in sight.problems if _EXPECTED not in one] == []


async def test_what_has_the_focus_keeps_it_when_its_part_is_replaced(opened: Opened) -> None:
    opened.hear(9)
    await opened.says("9 minutes ago")
    await opened.page.locator(f"{_LABEL} time").focus()
    opened.hear(5)
    await opened.says("5 minutes ago")
    await expect(opened.page.locator(f"{_LABEL} time")).to_be_focused()
    await expect(opened.page.locator("#announcer")).to_contain_text("App Store of Tidepool: last")


async def test_a_page_that_nobody_sees_holds_no_connection_and_catches_up_when_seen(
    opened: Opened,
) -> None:
    live = opened.served.parts.live
    await _until(lambda: live.listeners == 1)
    await opened.page.evaluate(_SEEN, True)
    live.tell("stores")  # who went away is noticed when something is said
    await _until(lambda: live.listeners == 0)
    opened.hear(7)
    await opened.page.evaluate(_SEEN, False)
    await opened.says("7 minutes ago")
    assert live.listeners == 1


async def test_a_page_that_can_not_be_renewed_says_so(opened: Opened) -> None:
    await opened.page.context.route("**/", lambda route: route.fulfill(status=503, body=""))
    opened.hear(3)
    await expect(opened.page.locator("#state")).to_contain_text("Not renewed")
    await expect(opened.page.locator("#announcer")).to_contain_text("load the page again")
    await opened.page.context.unroute("**/")
    opened.hear(2)
    await opened.says("2 minutes ago")
    await expect(opened.page.locator("#state")).to_have_text("Live")


async def _until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not reached():  # noqa: ASYNC110 - it can only be asked
            await asyncio.sleep(0.05)
