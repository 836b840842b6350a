"""Every page, walked by a browser: at a desk and on a phone, by day and by night."""

from itertools import product

import pytest
from playwright.async_api import Browser

from tests.e2e.console.browser import DESKTOP, PHONE, SCHEMES, seen
from tests.e2e.console.known import Known
from tests.e2e.console.pages import CONSOLE_PAGES, ConsolePage
from tests.e2e.stack import Running

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(300)]
_EXPECTED = "status of 404"  # the browser's own word for the page that is none


@pytest.mark.parametrize("page", CONSOLE_PAGES, ids=lambda page: page.name)
async def test_a_page_is_whole_at_every_width_in_every_light(
    page: ConsolePage, browser: Browser, running: Running, known: Known
) -> None:
    """No error, no request off the host, nothing that axe finds, no sideways scrolling."""
    problems = []
    base, path = running.site.charts_url, page.path(known)
    async with seen(browser, base, DESKTOP) as sight:  # loaded four times, as a profile costs more
        for size, scheme in product((DESKTOP, PHONE), SCHEMES):
            await sight.shown_as(size, scheme)
            await sight.page.goto(base + path)
            found = [*await sight.violations(), *await sight.sideways(), *sight.taken_problems()]
            problems += [
                f"{path} {size[0]} {scheme}: {one}" for one in found if _EXPECTED not in one
            ]
    assert problems == []


async def test_the_keyboard_reaches_the_content_and_every_entry_of_the_menu(
    browser: Browser, running: Running
) -> None:
    async with seen(browser, running.site.charts_url, DESKTOP) as sight:
        await sight.page.goto(sight.base)
        await sight.page.keyboard.press("Tab")
        assert await sight.page.locator(":focus").inner_text() == "Skip to content"
        await sight.page.keyboard.press("Enter")
        assert await sight.page.locator(":focus").get_attribute("id") == "main"
        await sight.page.keyboard.press("Shift+Tab")
        assert await sight.page.locator(":focus").inner_text() == "Charts"


async def test_without_a_script_the_page_is_complete(browser: Browser, running: Running) -> None:
    base = running.site.charts_url
    async with seen(browser, base, DESKTOP, scripts=False) as sight:
        await sight.page.goto(base)
        label = sight.page.locator("#last-tidepool-stripe")
        assert "received" in await label.inner_text()
