"""One HTTP/1.1 connection: a request out, its answer in, bounded in time and bytes.

A delivery is mostly this, so it is no more than it must be: bytes to the transport, the answer
through llhttp (httptools). aiohttp's client costs six times the CPU for the same POST. What is not
here is not missed: no redirects, cookies, compression, proxies, pipelining.
"""

import asyncio
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from sinks.destinations.base import Response
from streams.observe import clock

RESPONSE_CAP = 64 * 1024
_HEAD_MOST = 64 * 1024  # bytes before the body begins
_MOST = 4 * RESPONSE_CAP  # of one answer with all its framing
# Headers, chunks and interim answers: each is a call from the parser, so that an answer in chunks of a
# byte costs as much as twenty deliveries. And bytes that are parsed before these are counted.
_PARTS_MOST = 1_000
_AT_ONCE = 16 * 1024
_INTERIM = range(100, 200)
_SWITCHING = 101


class NoAnswerError(Exception):
    """`reason`: a short stable word; `detail` explains it, without the url, which may be a secret."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class StaleError(NoAnswerError):
    """The connection was open from before, and ended before it had anything to say."""


class Exchange(asyncio.Protocol):
    """`head_at`: monotonic seconds at which the newest answer's head was complete."""

    def __init__(self) -> None:
        self.head_at: float | None = None
        self._headers: dict[str, str]
        self._parts: int
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Response] | None = None
        self._parser: HttpResponseParser | None = None
        self._until = 0.0
        self._deadline: asyncio.TimerHandle | None = None
        self._asked = 0
        self._clean = True
        self._start()

    async def ask(self, data: bytes, until: float) -> Response:
        """The answer to the request `data`; `until`: the loop's time at which it must be there.

        The status stands, however the body goes on. Raise TimeoutError without one, NoAnswerError
        when the connection ended or what came is no HTTP.
        """
        self._start()
        self._asked += 1
        if self._transport is None:
            raise self._ended(None)
        self._parser = HttpResponseParser(self)
        self._waiting = self._loop.create_future()
        self._end_at(until)
        try:
            self._transport.write(data)
            return await self._waiting
        finally:
            self._waiting = self._parser = None
            if not self._whole:
                self.close()

    @property
    def reusable(self) -> bool:
        """Whether another request may follow: the answer was whole, nothing came behind it, and
        the request itself was taken wholly."""
        transport = self._transport
        if transport is None or transport.is_closing() or transport.get_write_buffer_size():
            return False
        return self._whole and self._keeps and self._clean

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are of no common class

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._deadline is not None:
            self._deadline.cancel()
        if not self._is_waiting():
            return
        if self._head:
            self._answer(truncated=exc is not None or self._is_framed())
        else:
            self._fail(self._ended(exc))

    def data_received(self, data: bytes) -> None:
        if self._parser is None or not self._is_waiting():
            self.close()  # nobody has asked: what it says would be taken for the next answer
            return
        for at in range(0, len(data), _AT_ONCE):
            if not self._is_waiting():
                self._clean = False  # answered, and there is more
                return
            self._parse(self._parser, data[at : at + _AT_ONCE])

    def on_message_begin(self) -> None:
        self._clean = not self._whole

    def on_header(self, name: bytes, value: bytes) -> None:
        self._parts += 1
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        assert self._parser is not None
        self._parts += 1
        self._status = self._parser.get_status_code()
        if self._status == _SWITCHING:
            self._fail(NoAnswerError("protocol", "101 Switching Protocols"))
        elif self._status not in _INTERIM:
            self._head = True
            self.head_at = clock.monotonic()

    def on_body(self, body: bytes) -> None:
        self._parts += 1
        self._body += body

    def on_message_complete(self) -> None:
        assert self._parser is not None
        if not self._head:  # 100, 102, 103: the answer itself is still to come
            self._headers = {}
            return
        if self._is_waiting():
            self._whole = len(self._body) <= RESPONSE_CAP
            self._keeps = self._parser.should_keep_alive()
            self._answer(truncated=not self._whole)

    def _start(self) -> None:
        self._status = 0
        self._headers = {}
        self._body = bytearray()
        self._bytes = 0
        self._parts = 0
        self._head = self._whole = self._keeps = False

    def _is_waiting(self) -> bool:
        return self._waiting is not None and not self._waiting.done()

    def _is_framed(self) -> bool:
        """Whether the answer said how it ends; one that does not ends with its connection."""
        return "content-length" in self._headers or "transfer-encoding" in self._headers

    def _ended(self, error: Exception | None) -> NoAnswerError:
        """Why there is no answer on a connection that is gone."""
        kind = StaleError if self._asked > 1 and not self._bytes else NoAnswerError
        text = "the connection was closed" if error is None else type(error).__name__
        return kind("disconnected", text)

    def _parse(self, parser: HttpResponseParser, data: bytes) -> None:
        self._bytes += len(data)
        try:
            parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._clean = False
            self._garbled(type(error).__name__)
        if self._is_waiting():
            self._bound()

    def _garbled(self, error: str) -> None:
        """No HTTP, or no more of it: a body that breaks off in this way is as good as one cut off."""
        if not self._head:
            self._fail(NoAnswerError("protocol", error))
        elif self._is_waiting():
            self._answer(truncated=True)

    def _bound(self) -> None:
        """A receiver that goes on and on is not listened to for longer than needed."""
        endless = self._parts > _PARTS_MOST
        if not self._head and (endless or self._bytes > _HEAD_MOST):
            self._fail(NoAnswerError("protocol", "a head without end"))
        elif endless or len(self._body) > RESPONSE_CAP or self._bytes > _MOST:
            self._answer(truncated=True)

    def _end_at(self, until: float) -> None:
        """One timer serves one request after the other: a timer for each costs more than its answer's
        parsing. When it is early, it is set once more."""
        self._until = until
        if self._deadline is not None and self._deadline.when() <= until:
            return
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self._loop.call_at(until, self._time_out)

    def _time_out(self) -> None:
        self._deadline = None
        if not self._is_waiting():
            return
        if self._loop.time() < self._until:
            self._end_at(self._until)
        elif self._head:
            self._answer(truncated=True)
        else:
            self._fail(TimeoutError())

    def _answer(self, *, truncated: bool) -> None:
        assert self._waiting is not None
        response = Response(
            status=self._status,
            received_at=clock.now(),
            headers=self._headers,
            body=bytes(self._body[:RESPONSE_CAP]),
            truncated=truncated,
        )
        self._waiting.set_result(response)

    def _fail(self, error: Exception) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)
