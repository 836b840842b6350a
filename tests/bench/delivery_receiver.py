"""The cheapest receiver that can be: counts POSTs, notes how old each event is, or never answers."""

import asyncio
import time
from types import TracebackType
from typing import Self

from deploy.local.site import HOST

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
_RECEIVED_AT = b'"received_at_ms":'
_PATIENCE = 180.0  # seconds
_DIGITS = 13  # of unix milliseconds


class Receiver:
    """`ages`: seconds from the event's received_at to its POST; of what hangs nothing is noted."""

    def __init__(self) -> None:
        self.ages: list[float] = []
        self.times: list[float] = []  # monotonic
        self.hung = 0
        self.port = 0

    @property
    def count(self) -> int:
        return len(self.times)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), HOST, 0, backlog=4096)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()

    def url(self, path: str = "ok") -> str:
        return f"http://{HOST}:{self.port}/{path}"

    def forget(self) -> None:
        self.ages, self.times, self.hung = [], [], 0

    async def arrived(self, count: int) -> None:
        """Raise TimeoutError when that takes too long: then who delivers has ended."""
        async with asyncio.timeout(_PATIENCE):
            while self.count < count:  # noqa: ASYNC110 - polled, so that a POST costs no wake-up
                await asyncio.sleep(0.005)

    def took(self, body: bytes) -> None:
        self.times.append(time.monotonic())
        at = body.find(_RECEIVED_AT)
        if at >= 0:
            sent = body[at + len(_RECEIVED_AT) : at + len(_RECEIVED_AT) + _DIGITS]
            self.ages.append(time.time() - int(sent) / 1000)


class _Connection(asyncio.Protocol):
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.WriteTransport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, found, rest = self._held.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(rest) < length:
            return
        self._held = b""
        if head.startswith(b"POST /hang"):
            self._receiver.hung += 1
            return
        self._receiver.took(rest)
        self._transport.write(_ANSWER)
