"""Senders that are slow, stalled, broken or too many, over bare sockets."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
import uvloop

from ingress.config import Limits
from streams.observe import logs
from streams.settings.kafka import KafkaSettings
from tests.ingress.doors import STRIPE, Door, Tail, open_notifications

HEAD = f"POST /v1/notifications/stripe/{STRIPE} HTTP/1.1\r\nHost: x\r\n".encode()
SHORT = Limits(read_deadline=timedelta(milliseconds=400))


@asynccontextmanager
async def connected(
    door: Door,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def answer_to(door: Door, request: bytes) -> bytes:
    """Everything that came back until the server closed; b"" when it cut the line."""
    async with connected(door) as (reader, writer):
        writer.write(request)
        return await all_of(reader)


async def all_of(reader: asyncio.StreamReader) -> bytes:
    try:
        async with asyncio.timeout(5):
            return await reader.read()
    except ConnectionResetError:
        return b""


@pytest.fixture
async def short(
    kafka: KafkaSettings, topics: tuple[str, ...], tmp_path: Path
) -> AsyncIterator[Door]:
    """A door with a read deadline of 0.4 s."""
    async with open_notifications(kafka, tmp_path, SHORT) as opened:
        yield opened


@contextmanager
def logs_as_configured() -> Iterator[None]:
    """As a role has them, at DEBUG; undone afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logs.configure("test", "DEBUG")
    yield
    root.handlers[:], root.level = before
    structlog.reset_defaults()


async def test_a_truncated_body_leaves_nothing(door: Door, raw: Tail) -> None:
    async with connected(door) as (_, writer):
        writer.write(HEAD + b"Content-Length: 100\r\n\r\n" + b"x" * 99)
        await writer.drain()
    assert (await door.post(b"after"))[0] == 200
    assert [record.value for record in await raw.read()] == [b"after"]


async def test_a_truncated_chunked_body_leaves_nothing(door: Door, raw: Tail) -> None:
    async with connected(door) as (_, writer):
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        await writer.drain()
    assert (await door.post(b"after"))[0] == 200
    assert [record.value for record in await raw.read()] == [b"after"]


@pytest.mark.parametrize(
    "rest",
    [
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"Content-Length: -1\r\n\r\nhello",
        b"Bad Header\r\n\r\n",
        b"X: " + b"y" * 9000 + b"\r\n\r\n",
    ],
)
async def test_broken_framing_is_400_and_never_a_guess(door: Door, raw: Tail, rest: bytes) -> None:
    answer = await answer_to(door, HEAD + rest)
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))
    assert await raw.read() == []


async def test_a_body_that_trickles_is_cut_off(short: Door, raw: Tail) -> None:
    async with connected(short) as (reader, writer):
        writer.write(HEAD + b"Content-Length: 1000\r\n\r\n")
        trickling = asyncio.create_task(_trickle(writer))
        assert await all_of(reader) == b""
        trickling.cancel()
    assert await raw.read() == []


async def test_headers_that_trickle_are_cut_off(short: Door) -> None:
    async with connected(short) as (reader, writer):
        writer.write(HEAD)
        trickling = asyncio.create_task(_trickle(writer))
        assert await all_of(reader) == b""
        trickling.cancel()


async def test_a_sender_that_never_says_a_word_is_cut_off(short: Door) -> None:
    assert await answer_to(short, b"") == b""


async def test_a_slow_second_request_on_one_connection_is_cut_off(short: Door) -> None:
    async with connected(short) as (reader, writer):
        writer.write(HEAD + b"Content-Length: 2\r\n\r\n{}")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
        writer.write(HEAD + b"Content-Length: 1000\r\n\r\nx")
        assert b"HTTP/1.1" not in await all_of(reader)


async def test_a_pipelined_request_that_stalls_is_cut_off(short: Door) -> None:
    async with connected(short) as (reader, writer):
        writer.write(HEAD + b"Content-Length: 2\r\n\r\n{}" + HEAD + b"Content-Length: 9\r\n\r\nx")
        answer = await all_of(reader)
    assert answer.count(b"HTTP/1.1 ") == 1


async def test_an_idle_connection_is_left_alone_and_used_again(short: Door) -> None:
    request = HEAD + b"Content-Length: 2\r\n\r\n{}"
    async with connected(short) as (reader, writer):
        for _ in range(2):
            writer.write(request)
            assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200 ")
            await asyncio.sleep(1.0)


async def test_a_body_that_waits_for_100_continue_is_asked_for(door: Door, raw: Tail) -> None:
    async with connected(door) as (reader, writer):
        writer.write(HEAD + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 100 ")
        await reader.readline()
        writer.write(b"hello")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    assert [record.value for record in await raw.read()] == [b"hello"]


async def test_a_pipeline_of_requests_is_answered_in_order(door: Door, raw: Tail) -> None:
    bodies = [b"%d" % number for number in range(8)]
    request = b"".join(HEAD + b"Content-Length: 1\r\n\r\n" + body for body in bodies)
    last = HEAD + b"Content-Length: 1\r\nConnection: close\r\n\r\n9"
    answer = await answer_to(door, request + last)
    assert answer.count(b"HTTP/1.1 200 ") == 9
    assert len(await raw.read()) == 9


async def test_more_connections_than_allowed_are_closed_and_the_others_served(
    kafka: KafkaSettings, topics: tuple[str, ...], tmp_path: Path
) -> None:
    async with open_notifications(kafka, tmp_path, Limits(connections=2)) as door:
        async with connected(door), connected(door):
            await asyncio.sleep(0.1)
            assert await answer_to(door, HEAD + b"Content-Length: 2\r\n\r\n{}") == b""
        await asyncio.sleep(0.1)
        assert (await door.post(b"{}"))[0] == 200


def test_on_the_loop_of_the_process_who_is_slow_or_one_too_many_is_cut_off_too(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    async def slow_and_too_many() -> None:
        limits = replace(SHORT, connections=1)
        async with open_notifications(kafka, tmp_path, limits) as door, connected(door) as slow:
            slow[1].write(HEAD + b"Content-Length: 9\r\n\r\nx")
            assert await answer_to(door, HEAD + b"Content-Length: 2\r\n\r\n{}") == b""
            assert await all_of(slow[0]) == b""

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(slow_and_too_many())


async def test_nothing_that_was_sent_gets_into_a_log(
    door: Door, capfd: pytest.CaptureFixture[str]
) -> None:
    with logs_as_configured():
        await answer_to(door, b"PO\x00ST secret-word HTTP/1.1\r\n\r\n")
        await answer_to(door, HEAD + b"secret-word\x01: x\r\n\r\n")
        await door.post(b"secret-word")
        structlog.get_logger().warning("seen", body="secret-word")

    told = capfd.readouterr().err
    assert "seen" in told
    assert "secret-word" not in told
    assert STRIPE not in told


async def _trickle(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x")
        await asyncio.sleep(0.05)
