"""Debian's Chromium, driven by Playwright: nothing of it calls home, and nothing but this host is there."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import axe_playwright_python
import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    async_playwright,
)

from deploy.local.site import HOST

# The first is the same engine without a window system: a quarter less CPU for each page that is walked.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--disable-dev-shm-usage",
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HOST}",
)
_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
_VIOLATIONS = """\
async () => (await axe.run({ resultTypes: ["violations"] })).violations.map(
  (one) => `${one.id}: ${one.help}: ${one.nodes.slice(0, 5).map((node) => node.target + " " + node.failureSummary).join(" | ")}`)
"""
_SIDEWAYS = """\
() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > room + 1 && !one.closest(".wide, pre, svg"))
    .map((one) => `${one.tagName}.${one.className}: ${Math.round(one.getBoundingClientRect().right)} > ${room}`)
    .concat(`page ${document.documentElement.scrollWidth} > ${room}`);
}
"""
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
DESKTOP, PHONE = (1280, 900), (390, 844)
NARROWEST = 360  # px that a page has to do with


@dataclass(kw_only=True)
class Sight:
    """A page and what was wrong with it: errors in its console, requests to elsewhere."""

    page: Page
    base: str
    problems: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("request", self._asked)

    async def shown_as(self, size: tuple[int, int], scheme: Scheme) -> None:
        """What comes next is shown so."""
        await self.page.set_viewport_size({"width": size[0], "height": size[1]})
        await self.page.emulate_media(color_scheme=scheme)

    def taken_problems(self) -> list[str]:
        """Those since it was last asked for them."""
        taken, self.problems = self.problems, []
        return taken

    async def violations(self) -> list[str]:
        """What axe finds; it is put in by the debugger, which no policy of the page binds."""
        await self.page.evaluate(_AXE)
        found: list[str] = await self.page.evaluate(_VIOLATIONS)
        return [f"axe: {one}" for one in found]

    async def sideways(self) -> list[str]:
        """What makes the page wider than the screen, be that the narrowest."""
        size = self.page.viewport_size
        if size is not None and size["width"] < DESKTOP[0]:
            await self.page.set_viewport_size({"width": NARROWEST, "height": size["height"]})
        found: list[str] = await self.page.evaluate(_SIDEWAYS)
        return [f"too wide: {one}" for one in found[-5:]]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        away = urlsplit(request.url)
        if away.scheme != "data" and f"{away.scheme}://{away.netloc}" != self.base:
            self.problems.append(f"off the host: {request.url}")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Skips what needs it where there is none."""
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no browser: apt-get install chromium (or put google-chrome into PATH)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def seen(
    browser: Browser,
    base: str,
    size: tuple[int, int],
    *,
    scheme: Scheme = "light",
    scripts: bool = True,
) -> AsyncIterator[Sight]:
    """A fresh profile: no cookie, nothing cached."""
    context: BrowserContext = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        java_script_enabled=scripts,
    )
    try:
        sight = Sight(page=await context.new_page(), base=base)
        sight.watch()
        yield sight
    finally:
        await context.close()
