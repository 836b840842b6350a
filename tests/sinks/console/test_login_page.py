"""The login in a real browser: it can be used by everybody, and its cookies and forms are what a browser sends."""

from pathlib import Path

from playwright.async_api import expect

from sinks.charts.engine import Engine
from tests.e2e.console.browser import PHONE, SCHEMES, chromium, seen
from tests.sinks.console.site import site
from tests.sinks.console.test_access import LOCKED, PASSWORD

_EXPECTED = "status of 401"  # the browser's own word for a wrong password


async def test_somebody_logs_in_with_the_keyboard_and_out_again(
    clickhouse: Engine, tmp_path: Path
) -> None:
    async with site(clickhouse, tmp_path, LOCKED) as served, chromium() as browser:
        base = str(served.client.make_url("/")).rstrip("/")
        for scheme in SCHEMES:
            async with seen(browser, base, PHONE, scheme=scheme) as sight:
                page = sight.page
                await page.goto(f"{base}/?from=link")
                found = [*await sight.violations(), *await sight.sideways()]
                await page.keyboard.type("not the one")  # the field has the focus
                await page.keyboard.press("Enter")
                await expect(page.get_by_role("alert")).to_have_text("That is not the password.")
                await page.get_by_label("Password").fill(PASSWORD)
                await page.keyboard.press("Enter")
                await expect(page.get_by_role("heading", name="Stores")).to_be_visible()
                assert page.url == f"{base}/?from=link"
                found += [*await sight.violations(), *await sight.sideways()]
                await page.get_by_role("button", name="Log out").click()
                await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
                found += [one for one in sight.problems if _EXPECTED not in one]
                assert found == []
