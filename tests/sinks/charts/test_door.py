"""Who may ask the charts API: this machine, or who knows the key."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from sinks.charts.api import answered
from sinks.charts.door import door, reachable
from streams.contracts.errors import ConfigError
from streams.settings.secret import Secret

Api = TestClient[Request, Application]
KEY = Secret("a-key-of-an-analyst")
ANYWHERE = ("0.0.0.0", "192.168.1.4", "::", "charts.example")


async def opened(key: Secret | None) -> Api:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(text="in")

    application = web.Application(middlewares=[answered, door(key)])
    application.router.add_get("/{name:.*}", handler)
    client = TestClient(TestServer(application))
    await client.start_server()
    return client


@pytest_asyncio.fixture
async def local() -> AsyncIterator[Api]:
    client = await opened(None)
    yield client
    await client.close()


@pytest_asyncio.fixture
async def locked() -> AsyncIterator[Api]:
    client = await opened(KEY)
    yield client
    await client.close()


async def test_a_page_that_was_led_here_by_another_name_gets_nothing(local: Api) -> None:
    for headers in (
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:8081"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        response = await local.get("/v1/charts", headers=headers)
        assert response.status == 403, headers
    for name in ("localhost:8081", "127.0.0.1", "[::1]:8081"):
        assert (await local.get("/v1/charts", headers={"Host": name})).status == 200


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer a-key-of-an-analys"},
        {"Authorization": "Bearer a-key-of-an-analyst2"},
        {"Authorization": "Basic a-key-of-an-analyst"},
        {"Authorization": "a-key-of-an-analyst"},
    ],
)
async def test_who_does_not_know_the_key_gets_nothing(locked: Api, sent: dict[str, str]) -> None:
    response = await locked.get("/v1/charts", headers=sent)
    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "SN_CHARTS_KEY" in (await response.json())["error"]


async def test_who_knows_the_key_is_answered_under_any_name(locked: Api) -> None:
    for scheme in ("Bearer", "bearer"):
        headers = {"Authorization": f"{scheme} {KEY.reveal()}", "Host": "charts.example"}
        assert (await locked.get("/v1/charts", headers=headers)).status == 200


async def test_what_watches_processes_needs_no_key(locked: Api) -> None:
    for path, status in (
        ("/readyz", 200),
        ("/healthz", 200),
        ("/metrics", 200),
        ("/metrics/", 401),
    ):
        assert (await locked.get(path)).status == status


def test_an_address_that_others_reach_needs_a_key() -> None:
    for host in ANYWHERE:
        with pytest.raises(ConfigError, match=r"SN_HOST is .* set SN_CHARTS_KEY"):
            reachable(host, None)
        reachable(host, KEY)
    for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost"):
        reachable(host, None)


def test_a_key_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(ConfigError, match="SN_CHARTS_KEY is shorter than 16"):
        reachable("127.0.0.1", Secret("hunter2"))
