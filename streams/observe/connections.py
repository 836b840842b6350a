"""A server's connections: how many, and how long a sender may take to send one request.

aiohttp has no deadline for a request that trickles in. Here every connection knows since when a
request has been coming in; once a second those that take too long are cut off. One clock read for
a chunk, no timer a request. Private ports have it too: who reaches one needs no key to hold it.
"""

import asyncio
import logging
import resource
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from aiohttp import web

from streams.observe import metrics

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
_SWEEP = 1.0  # seconds
_LINGER = 2.0  # seconds to go on reading what was refused, so that the sender can read the answer
_OTHER_FILES = 64  # that a process keeps open beside its connections: Kafka's, its logs
# aiohttp logs the bytes of requests that it can't parse; none of those may be in a log.
SILENT = logging.getLogger("streams.observe.silent")
SILENT.disabled = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """What one port bears; `connections` are also bounded by the files that the process may open."""

    read_deadline: timedelta  # first byte of a request to its last
    idle_deadline: timedelta = timedelta(seconds=75)  # between requests of one connection
    connections: int


# A handler's own deadline for a body is shorter, so that who is slow reads why.
# Two hundred browsers may follow the console, each with a handful of connections.
PRIVATE = Patience(read_deadline=timedelta(seconds=15), connections=2048)


def open_file_limit(connections: int) -> int:
    """Of so many the ones that this process may hold: what its open files allow, less the others."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return connections if soft < 0 else max(1, min(connections, soft - _OTHER_FILES))


class Connection(web.RequestHandler):
    """One connection. `reading_since`: when the request that is coming in began; None: none is."""

    __slots__ = ("_server", "reading_since")

    def __init__(self, server: "Connections", **options: Any) -> None:  # noqa: ANN401 - aiohttp's own
        super().__init__(server, **options)
        self._server = server
        self.reading_since: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.reading()
        if self._server.full:
            metrics.count("connections_cut_off", why="connections")
            self.cut_off()

    def data_received(self, data: bytes) -> None:
        if data:  # aiohttp calls it without any, to go on with what it has
            self.reading()
        super().data_received(data)

    def reading(self) -> None:
        if self.reading_since is None:
            self.reading_since = self._loop.time()

    def slow(self, since: float) -> bool:
        if self.reading_since is None or self.reading_since >= since:
            return False
        # What a sender says on while its last request is answered waits for us, not for the sender.
        return self._current_request is None or not self._current_request.content.is_eof()

    def cut_off(self) -> None:
        if self.transport is not None:
            self.transport.abort()  # uvloop's are of no common class: not to be asked


def reading(request: web.BaseRequest) -> None:
    """From now on this request has its deadline, if it had none yet."""
    connection = request.protocol
    if isinstance(connection, Connection):
        connection.reading()


def received(request: web.BaseRequest) -> None:
    """The request has come in wholly; what follows may take its time."""
    connection = request.protocol
    if isinstance(connection, Connection):
        connection.reading_since = None


def timed(answer: Answer) -> Answer:
    """`answer` for one that does not itself say when it reads and when it has received."""

    async def answer_timed(request: web.BaseRequest) -> web.StreamResponse:
        reading(request)
        request.content.on_eof(partial(received, request))
        return await answer(request)

    return answer_timed


class Connections(web.Server):
    """Makes the connections and cuts off the slow ones. `answer` calls `reading` and `received`, or is
    `timed`; `options`: aiohttp's, of a server and its request handlers."""

    def __init__(self, answer: Answer, patience: Patience, **options: Any) -> None:  # noqa: ANN401
        patient = {
            "keepalive_timeout": patience.idle_deadline.total_seconds(),
            "lingering_time": _LINGER,
        }
        super().__init__(answer, **{"access_log": None, **options, **patient})
        self._deadline = patience.read_deadline.total_seconds()
        self._most = open_file_limit(patience.connections)

    def __call__(self) -> web.RequestHandler:
        return Connection(self, loop=self._loop, **self._kwargs)

    @property
    def full(self) -> bool:
        return len(self._connections) > self._most

    async def sweep_on(self, port: str) -> None:
        """Cut off slow senders, for ever; `port`: what the metric calls it."""
        while True:
            await asyncio.sleep(min(_SWEEP, self._deadline))
            self._sweep(self._loop.time() - self._deadline)
            metrics.gauge("connections", len(self._connections), port=port)

    def _sweep(self, since: float) -> None:
        for connection in self.connections:
            if isinstance(connection, Connection) and connection.slow(since):
                metrics.count("connections_cut_off", why="slow")
                connection.cut_off()
