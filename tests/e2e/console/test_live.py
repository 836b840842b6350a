"""Last received, watched in a browser while stores post: it moves when it should, and only then."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from deploy.demo.happening import Happening
from deploy.demo.posts import Stores
from deploy.demo.service import Service
from tests.e2e.console.browser import DESKTOP, seen
from tests.e2e.console.known import APP, life
from tests.e2e.stack import Running

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(300)]
_SOON = 20_000  # ms
_LABEL = f"#last-{APP}-stripe time"
# In one step: what is read between two may have been replaced by what came.
_SHOWN = """(label) => {
  const one = document.querySelector(label);
  return [one.title, getComputedStyle(one, "::after").content];
}"""
_CARD = f"#store-{APP}-stripe"
_OUTCOMES = """\
SELECT kind, count() AS n FROM outcomes FINAL WHERE purchase_key LIKE '%/{id}' GROUP BY kind
"""


class _Watcher:
    """Somebody who looks at the Stores page and never loads it again."""

    def __init__(self, page: Page, service: Service, stores: Stores) -> None:
        self.page = page
        self.service = service
        self._stores = stores

    async def post(self, *happenings: Happening) -> int:
        """How many notifications the store makes of it."""
        messages = [one for each in happenings for one in self._stores.messages(each)]
        for message in messages:
            await self.service.post(message)
        return len(messages)

    async def opens(self, first: Happening) -> None:
        """The store's label says a time."""
        await self.service.track([first])
        await self.told(first, "tracked", 1)
        await self.post(first)
        await expect(self.page.locator(_LABEL)).to_be_visible(timeout=_SOON)

    async def label(self) -> str:
        return await self.page.locator(_LABEL).get_attribute("datetime") or ""

    async def moved(self, before: str) -> str:
        """The label, once it says something else."""
        await expect(self.page.locator(_LABEL)).not_to_have_attribute(
            "datetime", before, timeout=_SOON
        )
        return await self.label()

    async def kept(self) -> int:
        """What the card says of notifications that wait until their purchase is tracked."""
        link = self.page.locator(f"{_CARD} a.kept")
        text = await link.inner_text() if await link.count() else "0"
        return int(text.split()[0].replace(",", ""))

    async def keeps(self, count: int) -> None:
        """It says so many: what has happened until now is on the page."""
        link = self.page.locator(f"{_CARD} a.kept")
        await expect(link).to_contain_text(f"{count:,} kept", timeout=_SOON)

    async def told(self, happening: Happening, kind: str, least: int) -> None:
        """So many outcomes of the kind are in ClickHouse."""
        sql = _OUTCOMES.format(id=happening.subscription.id)
        async with asyncio.timeout(_SOON / 1000):
            while True:
                counts = {row["kind"]: row["n"] for row in await self.service.query(sql)}
                if counts.get(kind, 0) >= least:
                    return
                await asyncio.sleep(0.1)

    async def is_the_same_page(self) -> bool:
        return bool(await self.page.evaluate("window.openedOnce === true"))


@pytest_asyncio.fixture(loop_scope="package")
async def watcher(browser: Browser, running: Running) -> AsyncIterator[_Watcher]:
    """The page is open, live, and the store's label says a time."""
    async with (
        running.service() as service,
        seen(browser, running.site.charts_url, DESKTOP) as sight,
    ):
        watcher = _Watcher(sight.page, service, Stores(running.keys))
        await sight.page.goto(sight.base)
        await sight.page.evaluate("window.openedOnce = true")
        await expect(sight.page.locator("#state")).to_have_text("Live", timeout=_SOON)
        if not await sight.page.locator(_LABEL).count():
            await watcher.opens(life("Opening", "somebody else")[0])
        yield watcher
        assert sight.problems == []
        assert await watcher.is_the_same_page()


async def test_the_label_moves_without_a_reload_when_a_tracked_one_comes_and_is_read_out(
    watcher: _Watcher,
) -> None:
    first, *_ = life("Watched", "somebody")
    await watcher.service.track([first])
    await watcher.told(first, "tracked", 1)
    before = await watcher.label()
    await watcher.post(first)
    after = await watcher.moved(before)
    assert after > before
    await expect(watcher.page.locator("#announcer")).to_contain_text("last received")


async def test_it_stays_for_an_untracked_one_and_when_that_is_tracked_and_moves_with_the_next(
    watcher: _Watcher,
) -> None:
    *kept, last = life("Unwatched", "nobody yet")
    before = await watcher.label()
    waiting = await watcher.kept()
    posted = await watcher.post(*kept)
    await watcher.keeps(waiting + posted)
    assert await watcher.label() == before, "an untracked one moved it"

    await watcher.service.track(kept[:1])
    await watcher.told(kept[0], "tracked", 1)
    await watcher.told(kept[0], "matched", posted)
    other = await watcher.post(*life("Stranger", "nobody either"))
    await watcher.keeps(waiting + other)
    assert await watcher.label() == before, "tracking what was kept moved it"

    await watcher.post(last)
    assert await watcher.moved(before) > before


async def test_the_exact_time_shows_when_the_label_is_focused(watcher: _Watcher) -> None:
    await watcher.page.locator(_LABEL).focus()
    exact, shown = await watcher.page.evaluate(_SHOWN, _LABEL)
    assert exact.endswith(" UTC")
    assert exact in shown
