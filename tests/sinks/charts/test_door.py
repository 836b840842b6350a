"""Who may ask the charts API: this machine, or who knows the key."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from sinks.charts.api import answered
from sinks.charts.door import ERASURES, check_keys, door, reachable
from streams.contracts.errors import ConfigError
from streams.settings.secret import Secret

Api = TestClient[Request, Application]
KEY = Secret("a-key-of-an-analyst")
ERASE_KEY = Secret("a-key-of-an-operator")
ANYWHERE = ("0.0.0.0", "192.168.1.4", "::", "charts.example")


async def opened(key: Secret | None, erase_key: Secret | None = None) -> Api:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(text="in")

    application = web.Application(middlewares=[answered, door(key, erase_key)])
    application.router.add_post(ERASURES, handler)
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


async def told(api: Api, key: Secret | None, path: str = ERASURES) -> tuple[int, str]:
    headers = {} if key is None else {"Authorization": f"Bearer {key.reveal()}"}
    response = await api.post(path, headers=headers)
    return response.status, await response.text()


async def test_where_erasing_has_its_own_key_the_one_that_reads_does_not_erase_and_is_told_which_does() -> (
    None
):
    api = await opened(KEY, ERASE_KEY)
    for path in (ERASURES, "/v1/%65rasures", "/v1/./erasures"):
        status, text = await told(api, KEY, path)
        assert (status, "SN_ERASE_KEY" in text) == (403, True), path
    assert await told(api, ERASE_KEY) == (200, "in")
    for nobody in (None, Secret(""), Secret("a-key-of-an-operatoR")):
        status, text = await told(api, nobody)
        assert (status, "SN_ERASE_KEY" in text) == (401, True)
    erasers = {"Authorization": f"Bearer {ERASE_KEY.reveal()}"}
    assert (await api.get("/v1/charts", headers=erasers)).status == 401
    await api.close()


async def test_on_this_machine_a_key_for_erasing_is_asked_for_too() -> None:
    api = await opened(None, ERASE_KEY)
    assert (await told(api, None))[0] == 401
    assert (await told(api, ERASE_KEY))[0] == 200
    assert (await api.get("/v1/charts")).status == 200
    led = {"Authorization": f"Bearer {ERASE_KEY.reveal()}", "Origin": "https://evil.example"}
    assert (await api.post(ERASURES, headers=led)).status == 403
    await api.close()


async def test_without_a_key_for_erasing_who_reads_erases(locked: Api) -> None:
    assert (await told(locked, KEY))[0] == 200
    assert (await told(locked, None))[0] == 401


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
        check_keys(Secret("hunter2"), None)
    with pytest.raises(ConfigError, match="SN_ERASE_KEY is shorter than 16"):
        check_keys(KEY, Secret("hunter2"))


def test_one_key_for_both_would_be_none_for_erasing() -> None:
    with pytest.raises(ConfigError, match=r"SN_ERASE_KEY is the value of SN_CHARTS_KEY.*new-token"):
        check_keys(KEY, Secret(KEY.reveal()))
    for keys in ((KEY, ERASE_KEY), (None, ERASE_KEY), (KEY, None), (None, None)):
        check_keys(*keys)
