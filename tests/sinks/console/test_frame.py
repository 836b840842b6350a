"""What every page has: headers, a way around it, refusals as pages, and forms that prove themselves."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from sinks.console.pages import MESSAGE_COOKIE
from sinks.console.security import HEADERS
from tests.sinks.console.site import Site


async def test_a_page_says_what_a_browser_may_load(console: Site) -> None:
    response = await console.client.get("/")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in await response.text()


async def test_a_path_that_is_none_is_a_page_too(console: Site) -> None:
    response = await console.client.get("/nothing/here")
    assert response.status == 404
    assert "<h1>Not Found</h1>" in await response.text()


async def test_the_charts_api_answers_beside_it_as_ever(console: Site) -> None:
    response = await console.client.get("/v1/last-received")
    assert response.content_type == "application/json"
    assert (await console.client.get("/v1/nothing")).content_type == "application/json"


async def test_a_form_without_its_token_changes_nothing(console: Site) -> None:
    response = await console.client.post("/logout", data={"csrf_token": "guess"})
    assert response.status == 403
    assert "load the page again" in await response.text()


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("multipart/form-data; boundary=x", b"csrf_token=a", 415),
        ("application/json", b"{}", 415),
        ("application/x-www-form-urlencoded; charset=nonsense", b"csrf_token=a", 400),
        ("application/x-www-form-urlencoded", b"csrf_token=\xff", 400),
        ("application/x-www-form-urlencoded", b"csrf_token=%ff", 403),
    ],
)
async def test_what_is_no_form_is_refused_and_is_no_defect(
    console: Site, content_type: str, body: bytes, status: int
) -> None:
    headers = {"Content-Type": content_type}
    response = await console.client.post("/logout", data=body, headers=headers)
    assert response.status == status


async def test_every_answer_of_the_console_forbids_what_it_does_not_need(console: Site) -> None:
    for path in ("/", "/nowhere", "/static/console.css", "/static/nothing", "/login", "/live"):
        response = await console.client.get(path, allow_redirects=False)
        for name, value in HEADERS.items():
            assert response.headers[name] == value, (path, name)


async def test_a_message_is_shown_once_and_only_when_we_wrote_it(console: Site) -> None:
    async def pause(request: web.Request) -> web.StreamResponse:
        return console.parts.pages.back(request, "/", "Paused <backend>.")

    changing = web.Application()
    changing.router.add_post("/destinations/backend", pause)
    async with TestClient(TestServer(changing)) as browser:
        answer = await browser.post("/destinations/backend", allow_redirects=False)
    cookie = answer.cookies[MESSAGE_COOKIE].value
    jar, here = console.client.session.cookie_jar, console.client.make_url("/")
    jar.update_cookies({MESSAGE_COOKIE: cookie}, here)
    assert '<p class="message" role="status">Paused &lt;backend&gt;.</p>' in await console.get("/")
    assert "Paused" not in await console.get("/")
    jar.update_cookies({MESSAGE_COOKIE: "Paused.forged"}, here)
    assert "Paused" not in await console.get("/")
