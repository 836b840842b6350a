"""Pictures of pages, taken by Chromium: small enough for the README, in both lights and of a phone."""

from collections.abc import Iterable
from pathlib import Path

from tests.e2e.console.browser import DESKTOP, PHONE, SCHEMES, chromium, seen


async def take(base: str, pages: Iterable[tuple[str, str]], folder: Path) -> None:
    """`pages`: name and path. Writes NAME-light.png, NAME-dark.png and NAME-phone.png; makes `folder`."""
    async with chromium() as browser:
        for name, path in pages:
            for scheme in SCHEMES:
                async with seen(browser, base, DESKTOP, scheme=scheme) as sight:
                    await sight.page.goto(base + path)
                    await sight.page.screenshot(path=folder / f"{name}-{scheme}.png")
            async with seen(browser, base, PHONE) as sight:
                await sight.page.goto(base + path)
                await sight.page.screenshot(path=folder / f"{name}-phone.png")
