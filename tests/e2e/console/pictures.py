"""`python -m tests.e2e.console.pictures URL FOLDER`: pictures of every page, for the README.

URL: a running console with something in it, deploy/up's with the demo. FOLDER gets NAME-light.png,
NAME-dark.png and NAME-phone.png of each page that `pages.py` lists as pictured.
"""

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path

from sinks.charts.ask import post
from tests.e2e.console.browser import DESKTOP, PHONE, SCHEMES, chromium, seen
from tests.e2e.console.known import Row, known_of
from tests.e2e.console.pages import CONSOLE_PAGES


async def take(base: str, pages: Iterable[tuple[str, str]], folder: Path) -> None:
    """`pages`: name and path."""
    async with chromium() as browser:
        for name, path in pages:
            for scheme in SCHEMES:
                async with seen(browser, base, DESKTOP, scheme=scheme) as sight:
                    await sight.page.goto(base + path)
                    await sight.page.screenshot(path=folder / f"{name}-{scheme}.png")
            async with seen(browser, base, PHONE) as sight:
                await sight.page.goto(base + path)
                await sight.page.screenshot(path=folder / f"{name}-phone.png")


async def _main(base: str, folder: Path) -> None:
    async def query(sql: str) -> list[Row]:
        answer = await post(base, "/v1/query", {"sql": sql})
        names = [column["name"] for column in answer["columns"]]
        return [dict(zip(names, row, strict=True)) for row in answer["rows"]]

    known = await known_of(query)
    pages = [(page.name, page.path(known)) for page in CONSOLE_PAGES if page.pictured]
    await take(base, pages, folder)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1].rstrip("/"), Path(sys.argv[2])))
