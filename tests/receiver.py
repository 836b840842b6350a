"""A webhook receiver on loopback, for any test: records every POST, answers as it is told.

It verifies Standard Webhooks signatures by itself, from the specification and not from our code,
and so says what a receiver written by somebody else would say.
"""

import asyncio
import base64
import hmac
import ssl
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256
from types import TracebackType
from typing import Any, Self

import orjson
from aiohttp import web


class Way(Enum):
    WHOLE = "whole"
    HANG = "hang"  # takes the request and never answers
    TRICKLE = "trickle"  # a status line at once, then a byte every 50 ms for ever
    SILENT_TRICKLE = "silent trickle"  # a byte of an endless header line every 50 ms
    ENDLESS = "endless"  # a status line, then as many bytes as are read
    CLOSE = "close"  # ends the connection without an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int = 200
    body: bytes = b"ok"
    headers: Mapping[str, str] = field(default_factory=dict)
    after: float = 0.0  # seconds
    way: Way = Way.WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """`at`: monotonic seconds. `verified`: None when the receiver has no secret."""

    at: float
    path: str
    headers: Mapping[str, str]
    body: bytes
    verified: bool | None

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = orjson.loads(self.body)["event"]
        return event

    @property
    def event_id(self) -> str:
        return str(self.event["id"])


class Receiver:
    """`replies` are used up first, one a POST; then `default` for ever."""

    def __init__(self, *, secret: str | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.posts: list[Post] = []
        self.replies: deque[Reply] = deque()
        self.default = Reply()
        self.open = 0
        self.most_open = 0
        self.url = ""
        self.port = 0
        self._secret = secret
        self._tls = tls
        self._arrived = asyncio.Condition()

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=8 * 1024 * 1024)
        application.router.add_post("/{path:.*}", self._post)
        self._runner = web.AppRunner(
            application,
            access_log=None,
            handle_signals=False,
            handler_cancellation=True,
            shutdown_timeout=0.1,
        )
        await self._runner.setup()
        await self.listen()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    async def listen(self) -> None:
        """On a free port, or on the one that it had before `refuse`."""
        self._site = web.TCPSite(
            self._runner, "127.0.0.1", self.port, ssl_context=self._tls, reuse_address=True
        )
        await self._site.start()
        host, self.port = self._runner.addresses[0][:2]
        self.url = f"{'https' if self._tls else 'http'}://{host}:{self.port}/hook"

    async def refuse(self) -> None:
        """Stop listening: connections are refused until `listen`."""
        await self._site.stop()

    async def arrived(self, count: int, timeout: float = 20.0) -> list[Post]:  # noqa: ASYNC109 - a bound for the test
        """Wait until so many POSTs are here."""
        async with asyncio.timeout(timeout), self._arrived:
            await self._arrived.wait_for(lambda: len(self.posts) >= count)
        return list(self.posts)

    async def arrived_ids(self, ids: set[str], timeout: float = 30.0) -> None:  # noqa: ASYNC109 - a bound for the test
        """Wait until each of these events is here, once or more often."""
        async with asyncio.timeout(timeout), self._arrived:
            await self._arrived.wait_for(lambda: ids <= {post.event_id for post in self.posts})

    def ids(self) -> list[str]:
        return [post.event_id for post in self.posts]

    async def _post(self, request: web.Request) -> web.StreamResponse:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await self._record(request)
            reply = self.replies.popleft() if self.replies else self.default
            return await self._answer(request, reply)
        finally:
            self.open -= 1

    async def _record(self, request: web.Request) -> None:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        verified = None if self._secret is None else verify(self._secret, headers, body)
        post = Post(
            at=time.monotonic(), path=request.path, headers=headers, body=body, verified=verified
        )
        self.posts.append(post)
        async with self._arrived:
            self._arrived.notify_all()

    async def _answer(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        await asyncio.sleep(reply.after)
        if reply.way is Way.WHOLE:
            return web.Response(status=reply.status, body=reply.body, headers=reply.headers)
        await self._misbehave(request, reply)
        return web.Response()

    async def _misbehave(self, request: web.Request, reply: Reply) -> None:
        match reply.way:
            case Way.TRICKLE:
                await self._stream(request, reply, chunk=b"x", pause=0.05)
            case Way.ENDLESS:
                await self._stream(request, reply, chunk=b"x" * 65536, pause=0)
            case Way.SILENT_TRICKLE:
                await _header_without_end(request)
            case Way.CLOSE:
                assert request.transport is not None
                request.transport.abort()
            case _:
                await asyncio.sleep(3600)

    async def _stream(
        self, request: web.Request, reply: Reply, *, chunk: bytes, pause: float
    ) -> None:
        response = web.StreamResponse(status=reply.status, headers=reply.headers)
        await response.prepare(request)
        while True:
            await response.write(chunk)
            await asyncio.sleep(pause)


async def _header_without_end(request: web.Request) -> None:
    transport = request.transport
    assert isinstance(transport, asyncio.WriteTransport)
    transport.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not transport.is_closing():
        transport.write(b"x")
        await asyncio.sleep(0.05)


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """By the Standard Webhooks specification: any of the signatures, within five minutes."""
    signed = b".".join(
        (headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body)
    )
    key = base64.b64decode(secret.split("_", 1)[1])
    expected = "v1," + base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()
    in_time = abs(time.time() - int(headers["webhook-timestamp"])) < 300
    return in_time and any(
        hmac.compare_digest(expected, given)
        for given in headers.get("webhook-signature", "").split(" ")
    )
