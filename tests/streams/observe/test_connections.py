"""Senders to a private port that are slow, stalled or too many, on the loop that a process has."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import uvloop
from aiohttp import web

from ingress.config import Limits
from streams.observe.connections import PRIVATE, Patience, open_file_limit
from streams.observe.health import Health, serve_health
from streams.observe.listening import listening, runner_of
from tests.conftest import free_ports

SHORT = replace(PRIVATE, read_deadline=timedelta(seconds=0.4), idle_deadline=timedelta(seconds=1.5))
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def runner(request: pytest.FixtureRequest) -> asyncio.Runner:
    return asyncio.Runner(loop_factory=request.param)


@asynccontextmanager
async def served(patience: Patience = SHORT, answers_in: float = 0) -> AsyncIterator[int]:
    """One route that tells how long the body was; gives the port."""

    async def answer(request: web.Request) -> web.Response:
        body = await request.read()
        await asyncio.sleep(answers_in)
        return web.Response(text=f"{len(body)} bytes")

    application = web.Application()
    application.add_routes([web.get("/", answer), web.post("/", answer)])
    async with listening(runner_of(application, patience), "127.0.0.1", 0, "SN_X_PORT") as port:
        yield port


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def all_of(wire: Wire) -> bytes:
    """What came until the line was cut."""
    try:
        async with asyncio.timeout(5):
            return await wire[0].read()
    except ConnectionResetError:
        return b""


async def trickled(port: int, start: bytes) -> bytes:
    """What came back of a request that goes on a byte at a time, until the line was cut."""
    async with connected(port) as wire:
        wire[1].write(start)
        trickling = asyncio.create_task(_trickle(wire[1]))
        try:
            return await all_of(wire)
        finally:
            trickling.cancel()


async def _trickle(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x")
        await asyncio.sleep(0.05)


async def _within(seconds: float, work: Coroutine[None, None, None]) -> None:
    async with asyncio.timeout(seconds):
        await work


def test_headers_or_a_body_that_trickle_are_cut_off(runner: asyncio.Runner) -> None:
    async def slow() -> None:
        async with served() as port:
            body = POST.replace(b"4", b"4000")
            cut = await asyncio.gather(trickled(port, GET[:-2]), trickled(port, body))
            assert set(cut) == {b""}

    with runner:
        runner.run(_within(4, slow()))


def test_who_never_says_a_word_is_cut_off_and_who_idles_after_an_answer_later() -> None:
    async def silent() -> None:
        loop = asyncio.get_running_loop()
        async with served() as port, connected(port) as mute, connected(port) as idle:
            began = loop.time()
            idle[1].write(GET)
            assert await all_of(mute) == b""
            assert loop.time() - began < SHORT.idle_deadline.total_seconds()
            assert (await all_of(idle)).startswith(b"HTTP/1.1 200 ")
            assert loop.time() - began > SHORT.idle_deadline.total_seconds()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(_within(8, silent()))


async def test_an_answer_may_take_its_time_and_so_may_what_was_sent_meanwhile() -> None:
    async with served(answers_in=1.0) as port, connected(port) as (reader, writer):
        writer.write(GET)
        await asyncio.sleep(0.1)
        writer.write(POST + b"body")
        assert b"0 bytes" in await reader.readuntil(b"bytes")
        assert b"4 bytes" in await reader.readuntil(b"bytes")


async def test_one_too_many_is_closed_and_the_others_served() -> None:
    async with served(replace(PRIVATE, connections=1)) as port:
        async with connected(port) as first:
            first[1].write(GET)
            await first[0].readuntil(b"bytes")
            async with connected(port) as second:
                assert await all_of(second) == b""
            first[1].write(GET)
            assert b"0 bytes" in await first[0].readuntil(b"bytes")
        await asyncio.sleep(0.1)
        async with connected(port) as third:
            third[1].write(GET)
            assert b"0 bytes" in await third[0].readuntil(b"bytes")


async def test_the_port_of_health_is_such_a_one_and_says_how_many_are_connected() -> None:
    (port,) = free_ports(1)
    async with serve_health("127.0.0.1", port, Health()), connected(port) as wire:
        await asyncio.sleep(1.2)
        wire[1].write(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        told = await all_of(wire)
    assert b'sn_connections{port="SN_HEALTH_PORT"} 1.0' in told


def test_connections_stay_under_what_the_process_may_open() -> None:
    assert 0 < open_file_limit(10**9) < 10**9
    assert open_file_limit(5) == 5


def test_a_private_port_waits_longer_than_the_backends_api_which_says_why_a_body_is_too_slow() -> (
    None
):
    assert PRIVATE.read_deadline > Limits().read_deadline
