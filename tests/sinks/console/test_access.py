"""Who may come in: this machine, who knows the password, whom the proxy names; and nobody else."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from sinks.charts.engine import Engine
from sinks.console import login
from sinks.console.access import COOKIE, Way, way_in
from sinks.console.password import hashed
from sinks.console.session import Seals, Session
from streams.contracts.errors import ConfigError, TransientError
from streams.observe import clock
from streams.settings.environment import load_settings
from tests.sinks.console.site import Site, site

PASSWORD = "correct horse battery"
HASH = hashed(PASSWORD, b"sixteen bytes...")
LOCKED = {"SN_CONSOLE_PASSWORD_HASH": HASH, "SN_CONSOLE_SECRET": "kept somewhere else"}
PROXIED = {"SN_CONSOLE_PROXY_HEADER": "X-User", "SN_HOST": "0.0.0.0"}


@pytest_asyncio.fixture
async def locked(clickhouse: Engine, tmp_path: Path) -> AsyncIterator[Site]:
    async with site(clickhouse, tmp_path, LOCKED) as served:
        yield served


@pytest_asyncio.fixture
async def proxied(clickhouse: Engine, tmp_path: Path) -> AsyncIterator[Site]:
    async with site(clickhouse, tmp_path, PROXIED) as served:
        yield served


def way(**environ: str) -> Way:
    return way_in(load_settings(environ))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "console.example"])
def test_it_does_not_start_where_others_reach_it_and_nothing_asks_who_they_are(host: str) -> None:
    for more in ({}, {"SN_CHARTS_KEY": "a-key-of-an-analyst"}):
        with pytest.raises(ConfigError, match="console-password"):
            way(SN_HOST=host, **more)


def test_a_password_or_a_proxy_opens_it_elsewhere_and_both_are_one_too_many() -> None:
    assert way() is Way.LOCAL
    assert way(SN_HOST="0.0.0.0", SN_CONSOLE_PASSWORD_HASH=HASH) is Way.PASSWORD
    assert way(**PROXIED) is Way.PROXY
    with pytest.raises(ConfigError, match="keep one"):
        way(SN_CONSOLE_PASSWORD_HASH=HASH, SN_CONSOLE_PROXY_HEADER="X-User")


async def test_on_this_machine_only_a_loopback_name_is_answered(console: Site) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        response = await console.client.get("/", headers=headers)
        assert response.status == 403
        assert COOKIE not in response.cookies


async def test_where_the_charts_api_has_a_key_the_console_wants_more_than_a_loopback_name(
    clickhouse: Engine, tmp_path: Path
) -> None:
    async with site(clickhouse, tmp_path, {"SN_CHARTS_KEY": "a-key-of-an-analyst"}) as served:
        response = await served.client.get("/")
        assert response.status == 403
        assert "SN_CONSOLE_PASSWORD_HASH" in await response.text()


@pytest.mark.parametrize("path", ["/", "/live", "/notifications", "/nowhere"])
async def test_nothing_is_told_before_the_password(locked: Site, path: str) -> None:
    response = await locked.client.get(path, allow_redirects=False)
    assert response.status == 303
    assert response.headers["Location"].startswith("/login?next=/")
    assert "Tidepool" not in await response.text()


async def test_the_password_opens_what_was_wanted_and_is_audited(locked: Site) -> None:
    await locked.client.get("/")
    before = locked.client.session.cookie_jar.filter_cookies(locked.client.make_url("/"))
    answer = await locked.post("/login", "/login", password=PASSWORD, next="/?a=1")
    assert (answer.status, answer.headers["Location"]) == (303, "/?a=1")
    given = answer.cookies[COOKIE]
    assert given["httponly"]
    assert given["samesite"] == "Strict"
    assert given.value != before[COOKIE].value, "a session that was there before comes in"
    assert "Tidepool" in await locked.get("/")
    assert [(entry.who, entry.what) for entry in locked.written.audited] == [
        ("operator", "session.enter")
    ]


async def test_the_key_of_the_charts_api_and_the_password_open_each_its_own(
    clickhouse: Engine, tmp_path: Path
) -> None:
    keyed = LOCKED | {"SN_CHARTS_KEY": "a-key-of-an-analyst", "SN_HOST": "0.0.0.0"}
    bearer = {"Authorization": "Bearer a-key-of-an-analyst"}
    async with site(clickhouse, tmp_path, keyed) as served:
        api, console = "/v1/last-received", "/"
        assert (await served.client.get(api, headers=bearer)).status == 200
        answer = await served.client.get(console, headers=bearer, allow_redirects=False)
        assert answer.status == 303
        await served.post("/login", "/login", password=PASSWORD)
        assert (await served.client.get(console)).status == 200
        assert (await served.client.get(api)).status == 401


async def test_who_logs_out_is_out(locked: Site) -> None:
    await locked.post("/login", "/login", password=PASSWORD)
    answer = await locked.post("/logout", "/")
    assert answer.headers["Location"] == "/login"
    assert (await locked.client.get("/", allow_redirects=False)).status == 303


class Stopped:
    """A clock that stands: nothing is waited out while a busy machine takes its time."""

    @staticmethod
    def monotonic() -> float:
        return 100.0


async def test_a_wrong_password_is_told_and_then_has_to_wait_even_before_the_right_one(
    locked: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login, "clock", Stopped)
    for _ in range(3):
        answer = await locked.post("/login", "/login", password="wrong horse")
        assert answer.status == 401
        assert "not the password" in await answer.text()
    for password in ("wrong horse", PASSWORD):
        answer = await locked.post("/login", "/login", password=password)
        assert (answer.status, answer.headers["Retry-After"]) == (429, "1")


async def test_nobody_comes_in_while_it_can_not_be_audited(locked: Site) -> None:
    locked.written.problem = TransientError("no broker")
    answer = await locked.post("/login", "/login", password=PASSWORD)
    assert answer.status == 503
    assert (await locked.client.get("/", allow_redirects=False)).status == 303


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil", "x"])
async def test_a_login_leads_nowhere_else(locked: Site, elsewhere: str) -> None:
    answer = await locked.post("/login", "/login", password=PASSWORD, next=elsewhere)
    assert answer.headers["Location"] == "/"


async def test_a_cookie_is_only_sent_encrypted_where_the_page_came_encrypted(locked: Site) -> None:
    plain = await locked.client.get("/login")
    assert not plain.cookies[COOKIE]["secure"]
    locked.client.session.cookie_jar.clear()
    safe = await locked.client.get("/login", headers={"X-Forwarded-Proto": "https"})
    assert safe.cookies[COOKIE]["secure"]


async def test_the_proxy_names_the_user_once_or_nobody_comes_in(proxied: Site) -> None:
    assert (await proxied.client.get("/")).status == 403
    twice = [("X-User", "ada"), ("X-User", "eve")]
    assert (await proxied.client.get("/", headers=twice)).status == 403
    assert (await proxied.client.get("/", headers={"X-User": "ada"})).status == 200


async def test_a_session_of_one_user_of_the_proxy_is_none_of_another(proxied: Site) -> None:
    first = await proxied.client.get("/", headers={"X-User": "ada"})
    second = await proxied.client.get("/", headers={"X-User": "eve"})
    again = await proxied.client.get("/", headers={"X-User": "eve"})
    assert second.cookies[COOKIE].value != first.cookies[COOKIE].value
    assert COOKIE not in again.cookies


def test_a_session_ends_after_its_time_and_with_the_secret_or_the_password() -> None:
    now = clock.now()
    seals = Seals("secret", "hash")
    session = Session(session_id="one", who="ada", ends_at=now + timedelta(hours=12))
    cookie = seals.session_cookie(session)
    known = seals.session(cookie, now)
    assert known is not None
    assert (known.session_id, known.who) == ("one", "ada")
    assert seals.session(cookie, now + timedelta(hours=12, seconds=1)) is None
    assert seals.session(cookie + "x", now) is None
    assert Seals("secret", "another").session(cookie, now) is None
    assert Seals("another", "hash").session(cookie, now) is None


def test_a_forms_token_is_of_one_session_and_one_person() -> None:
    seals, ends = Seals("secret"), clock.now()
    ada = Session(session_id="one", who="ada", ends_at=ends)
    token = seals.token(ada)
    assert seals.is_token(token, ada)
    assert not seals.is_token(token, Session(session_id="two", who="ada", ends_at=ends))
    assert not seals.is_token(token, Session(session_id="one", who="eve", ends_at=ends))
    assert not seals.is_token("é", ada)


async def test_a_token_of_another_session_changes_nothing(locked: Site) -> None:
    token = await locked.token("/login")
    locked.client.session.cookie_jar.clear()
    answer = await locked.client.post(
        "/login", data={"csrf_token": token, "password": PASSWORD}, allow_redirects=False
    )
    assert answer.status == 403
