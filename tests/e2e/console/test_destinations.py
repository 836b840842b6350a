"""An operator at the destination's page, by keyboard, on the whole pipeline."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.console.browser import DESKTOP, seen
from tests.e2e.console.known import Known
from tests.e2e.stack import Running

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(300)]
_SOON = 40_000  # ms
_HERE = "/destinations/backend"


async def _press(page: Page, button: str) -> None:
    """As who has no mouse does."""
    await page.get_by_role("button", name=button, exact=True).focus()
    await page.keyboard.press("Enter")


async def test_the_running_processes_say_how_the_lane_stands(
    browser: Browser, running: Running, known: Known
) -> None:
    async with seen(browser, running.site.charts_url, DESKTOP) as sight:
        await sight.page.goto(sight.base + "/destinations")
        row = sight.page.locator("#destinations tr", has_text="backend")
        await expect(row).to_contain_text("closed", timeout=_SOON)
        await expect(row).not_to_contain_text("nobody delivers")


async def test_a_test_event_is_sent_and_its_answer_is_on_the_page(
    browser: Browser, running: Running, known: Known
) -> None:
    async with seen(browser, running.site.charts_url, DESKTOP) as sight:
        await sight.page.goto(sight.base + _HERE)
        await _press(sight.page, "Send a test event")
        answer = sight.page.get_by_label("The answer")
        await expect(answer).to_contain_text("to backend: delivered", timeout=_SOON)
        await expect(answer).to_contain_text("HTTP 200")
        assert await sight.violations() == []


async def test_a_pause_is_seen_without_a_reload_by_who_looks_at_the_list(
    browser: Browser, running: Running, known: Known
) -> None:
    base = running.site.charts_url
    async with seen(browser, base, DESKTOP) as watcher, seen(browser, base, DESKTOP) as operator:
        await watcher.page.goto(base + "/destinations")
        row = watcher.page.locator("#destinations tr", has_text="backend")
        await operator.page.goto(base + _HERE)
        await operator.page.get_by_label("Reason", exact=True).first.fill("<b>moving house</b>")
        await _press(operator.page, "Pause")
        await expect(operator.page.get_by_role("status")).to_contain_text("Paused")
        await expect(row).to_contain_text("paused", timeout=_SOON)
        await expect(row).to_contain_text("<b>moving house</b>")
        await operator.page.get_by_label("Deliver what it missed too").check()
        await _press(operator.page, "Resume")
        await expect(row).to_contain_text("active", timeout=_SOON)
        await expect(operator.page.locator("#job")).to_contain_text("sent", timeout=_SOON)
        assert operator.problems == []
