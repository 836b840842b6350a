"""The eyes that walk the pages see: each fault that they look for, put on a page, is found."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser

from tests.e2e.console.browser import DESKTOP, PHONE, SCHEMES, seen

pytestmark = pytest.mark.asyncio(loop_scope="package")
_FAULTY = """\
<!doctype html><html><head><title>faulty</title></head><body>
<img src="http://elsewhere.example/picture.png">
<input type="text"><p style="color: #999; background: #fff">pale</p>
<div style="width: 900px">wide</div>
<script>console.error("it broke")</script>
</body></html>
"""
# Well in the light and at a desk.
_FAULTY_ELSEWHERE = """\
<!doctype html><html lang="en"><head><title>faulty elsewhere</title><style>
@media (prefers-color-scheme: dark) { p { color: #777; background: #666 } }
@media (max-width: 600px) { div { width: 900px } }
</style></head><body><main><h1>faulty</h1><p>pale</p><div>wide</div></main><script>
if (matchMedia("(prefers-color-scheme: dark)").matches) console.error("it broke");
</script></body></html>
"""


@asynccontextmanager
async def served(text: str) -> AsyncIterator[str]:
    """The address of a page with this text."""

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=text, content_type="text/html")

    application = web.Application()
    application.router.add_get("/", page)
    async with TestServer(application) as server:
        yield str(server.make_url("/")).rstrip("/")


async def test_what_is_wrong_with_a_page_is_found(browser: Browser) -> None:
    async with served(_FAULTY) as base, seen(browser, base, PHONE) as sight:
        await sight.page.goto(base)
        violations = " ".join(await sight.violations())
        for rule in ("image-alt", "label", "color-contrast", "html-has-lang"):
            assert f"axe: {rule}:" in violations
        assert any("page 9" in one for one in await sight.sideways())
        problems = " ".join(sight.problems)
        assert "off the host: http://elsewhere.example/picture.png" in problems
        assert "it broke" in problems


async def test_one_profile_sees_a_page_anew_at_each_width_and_in_each_light(
    browser: Browser,
) -> None:
    """A profile for each would cost twice as much, a minute for all pages."""
    found = {}
    async with served(_FAULTY_ELSEWHERE) as base, seen(browser, base, DESKTOP) as sight:
        for size, scheme in product((DESKTOP, PHONE), SCHEMES):
            await sight.shown_as(size, scheme)
            await sight.page.goto(base)
            violations = " ".join(await sight.violations())
            wide, said = await sight.sideways(), " ".join(sight.taken_problems())
            found[size, scheme] = ("color-contrast" in violations, wide != [], "broke" in said)
    assert found == {
        (size, scheme): (scheme == "dark", size == PHONE, scheme == "dark")
        for size, scheme in product((DESKTOP, PHONE), SCHEMES)
    }
