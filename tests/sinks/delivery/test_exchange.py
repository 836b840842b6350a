"""Answers as bytes on a real socket: what is HTTP, what is not, and what may follow on the connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sinks.delivery.client import Answer, Client
from sinks.destinations.base import Request
from tests.sinks.delivery.sending import send

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Wire:
    """A server that answers each request with given bytes, and may say more or end after them."""

    def __init__(
        self, *answers: bytes, end: bool = False, later: bytes = b"", drip: bool = False
    ) -> None:
        self._answers = list(answers)
        self._end = end
        self._later = later
        self._drip = drip
        self.connections = 0
        self.requests: list[bytes] = []
        self.url = ""
        self._serving: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Wire"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/in?a=%20b"
        async with server:
            yield self
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._serving.append(task)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.requests.append(head + await reader.readexactly(12))
                writer.write(self._answers.pop(0) if self._answers else OK)
                await writer.drain()
                while self._drip and self._answers:
                    await asyncio.sleep(0)
                    writer.write(self._answers.pop(0))
                if self._end:
                    return
                if self._later:
                    await asyncio.sleep(0.05)
                    writer.write(self._later)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


async def asked(wire: Wire, times: int = 1, pause: float = 0.0) -> list[Answer]:
    async with wire.serving(), Client() as client:
        answers = []
        for _ in range(times):
            answers.append(await send(client, wire.url, seconds=1.0))
            await asyncio.sleep(pause)
        return answers


def body_of(answer: Answer) -> tuple[int, bytes, bool]:
    assert answer.response is not None, answer
    return answer.response.status, answer.response.body, answer.response.truncated


async def test_the_request_is_what_http_asks_for() -> None:
    wire = Wire()

    (answer,) = await asked(wire)

    host = wire.url.split("/")[2]
    head, _, body = wire.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /in?a=%20b HTTP/1.1"
    assert {f"Host: {host}", "Content-Length: 12", "Content-Type: application/json"} <= set(lines)
    assert len(lines) == len({line.split(":")[0].lower() for line in lines})
    assert body == b'{"event":{}}'
    assert body_of(answer) == (200, b"ok", False)


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n", b""),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n",
            b"abc",
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"ok"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 P\r\n\r\n" + OK, b"ok"),
    ],
    ids=["no content", "empty", "chunked", "continue", "two interim answers"],
)
async def test_a_whole_answer_keeps_the_connection(answer: bytes, body: bytes) -> None:
    wire = Wire(answer, answer)

    first, second = await asked(wire, times=2)

    assert body_of(first)[1:] == body_of(second)[1:] == (body, False)
    assert first.response is not None
    assert "link" not in first.response.headers
    assert second.timing.reused
    assert wire.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        OK.replace(b"Content", b"Connection: close\r\nContent"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        OK + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged",
        OK + b"forged",
    ],
    ids=["asked to close", "HTTP/1.0", "another answer behind it", "bytes behind it"],
)
async def test_after_anything_else_the_connection_is_not_used_again(answer: bytes) -> None:
    wire = Wire(answer)

    first, second = await asked(wire, times=2)

    assert body_of(second) == (200, b"ok", False)
    assert first.response is None or body_of(first)[0] == 200
    assert wire.connections == 2


async def test_what_is_said_before_it_was_asked_is_never_taken_for_an_answer() -> None:
    forged = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
    wire = Wire(OK, b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", later=forged)

    first, second = await asked(wire, times=2, pause=0.2)

    assert body_of(first) == (200, b"ok", False)
    assert body_of(second)[0] == 500
    assert wire.connections == 2


async def test_a_body_that_ends_with_its_connection_is_whole() -> None:
    (answer,) = await asked(Wire(b"HTTP/1.1 200 OK\r\n\r\nall of it", end=True))

    assert body_of(answer) == (200, b"all of it", False)


async def test_a_body_that_ends_too_early_is_truncated_and_its_status_stands() -> None:
    (answer,) = await asked(Wire(b"HTTP/1.1 202 OK\r\nContent-Length: 99\r\n\r\npart", end=True))

    assert body_of(answer) == (202, b"part", True)


async def test_a_body_in_chunks_of_a_byte_is_not_read_to_its_end() -> None:
    head = b"HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    wire = Wire(head + b"1\r\nx\r\n" * 40_000 + b"0\r\n\r\n")

    first, second = await asked(wire, times=2)

    status, body, truncated = body_of(first)
    assert (status, truncated) == (202, True)
    assert len(body) < 5_000
    assert body_of(second) == (200, b"ok", False)


async def test_a_body_that_is_garbled_is_truncated_and_its_status_stands() -> None:
    head = b"HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    wire = Wire(head + b"4\r\npart\r\nzz\r\n")

    first, second = await asked(wire, times=2)

    assert body_of(first) == (202, b"part", True)
    assert body_of(second) == (200, b"ok", False)
    assert wire.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x16\x03\x01\x02\x00",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nBad Name: x\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 20_000,
        b"HTTP/1.1 200 OK\r\n" + b"X:\r\n" * 8_000 + b"Content-Length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 2_000 + OK,
    ],
    ids=[
        "another protocol",
        "TLS on a plain port",
        "no status",
        "a negative length",
        "a length and chunks",
        "two lengths",
        "a name with a space",
        "an upgrade",
        "a line without end",
        "headers without end",
        "headers by the thousand",
        "interim answers by the thousand",
    ],
)
async def test_what_is_no_http_is_named_at_once(answer: bytes) -> None:
    async with asyncio.timeout(0.9):
        (answered,) = await asked(Wire(answer))

    assert answered.response is None
    assert answered.reason == "protocol"


async def test_a_header_with_a_line_break_is_not_sent() -> None:
    wire = Wire()
    for value in ("a\r\nX-Injected: 1", "a\nX: 1", "a\rb", "a\0b"):
        request = Request(url="", headers={"X-Name": value}, body=b"")
        async with wire.serving(), Client() as client:
            until = asyncio.get_running_loop().time() + 1
            one = Request(url=wire.url, headers=request.headers, body=b"")
            answer = await client.send(one, until=until, private=True)
        assert answer.reason == "protocol"

    assert wire.requests == []


async def test_answers_in_single_bytes_are_put_together() -> None:
    wire = Wire(*(OK[at : at + 1] for at in range(len(OK))), drip=True)

    (answer,) = await asked(wire)

    assert body_of(answer) == (200, b"ok", False)


async def test_an_answer_before_the_request_was_taken_ends_the_connection() -> None:
    """As a receiver that refuses a large body does; what is left of it must not be taken for more."""
    connections, over = 0, asyncio.Event()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        await over.wait()  # reads nothing more: on this connection nobody would be answered again
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, Client() as client:
        for _ in range(2):
            request = Request(url=url, headers={}, body=b"x" * 20_000_000)
            until = asyncio.get_running_loop().time() + 1
            answer = await client.send(request, until=until, private=True)
            assert answer.response is not None
            assert answer.response.status == 413
    over.set()
    await asyncio.sleep(0.1)

    assert connections == 2
