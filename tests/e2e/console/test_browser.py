"""The eyes that walk the pages see: each fault that they look for, put on a page, is found."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser

from tests.e2e.console.browser import PHONE, seen

pytestmark = pytest.mark.asyncio(loop_scope="module")
_FAULTY = """\
<!doctype html><html><head><title>faulty</title></head><body>
<img src="http://elsewhere.example/picture.png">
<input type="text"><p style="color: #999; background: #fff">pale</p>
<div style="width: 900px">wide</div>
<script>console.error("it broke")</script>
</body></html>
"""


async def test_what_is_wrong_with_a_page_is_found(browser: Browser) -> None:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=_FAULTY, content_type="text/html")

    application = web.Application()
    application.router.add_get("/", page)
    async with TestServer(application) as server:
        base = str(server.make_url("/")).rstrip("/")
        async with seen(browser, base, PHONE) as sight:
            await sight.page.goto(base)
            violations = " ".join(await sight.violations())
            for rule in ("image-alt", "label", "color-contrast", "html-has-lang"):
                assert f"axe: {rule}:" in violations
            assert any("page 9" in one for one in await sight.sideways())
            problems = " ".join(sight.problems)
            assert "off the host: http://elsewhere.example/picture.png" in problems
            assert "it broke" in problems
