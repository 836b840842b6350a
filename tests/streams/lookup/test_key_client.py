"""Fetching key sets from a real server on loopback, good and bad."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import ClientSession, web

from deploy.demo.signers.google import KEYS_PATH, OidcIssuer, serve_keys
from streams.contracts.errors import MalformedError, TransientError
from streams.lookup.key_client import KeyClient

ISSUER = OidcIssuer("https://accounts.google.com")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_get("/{path:.*}", handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_key_set_comes_with_its_lifetime() -> None:
    async with serve_keys(ISSUER, "127.0.0.1", 0) as url, ClientSession() as session:
        fetched = await KeyClient(session)(f"{url}{KEYS_PATH}")

    assert set(fetched.keys) == set(ISSUER.published())
    assert fetched.lifetime == timedelta(hours=1)


async def test_nobody_there_is_transient() -> None:
    async with serve_keys(ISSUER, "127.0.0.1", 0) as url:
        pass
    async with ClientSession() as session:
        with pytest.raises(TransientError, match=url):
            await KeyClient(session)(f"{url}{KEYS_PATH}")


async def _unavailable(_: web.Request) -> web.StreamResponse:
    return web.Response(status=503)


async def _redirected(_: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})


async def _endless(_: web.Request) -> web.StreamResponse:
    return web.Response(body=b" " * 300_000)


async def _slow(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


@pytest.mark.parametrize("handler", [_unavailable, _redirected, _endless, _slow])
async def test_an_answer_that_is_none_is_transient(handler: Handler) -> None:
    async with answering(handler) as url, ClientSession() as session:
        with pytest.raises(TransientError):
            await KeyClient(session, timeout=timedelta(seconds=0.5))(url)


async def _page(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>log in</html>")


async def test_an_answer_that_is_no_key_set_is_malformed() -> None:
    async with answering(_page) as url, ClientSession() as session:
        with pytest.raises(MalformedError):
            await KeyClient(session)(url)
