"""The public port's connections: how many, and how long a sender may take to send one request.

aiohttp has no deadline for a request that trickles in. Here every connection knows since when a
request has been coming in; once a second those that take too long are cut off. One clock read for
a chunk, no timer a request.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from ingress.config import Limits, open_file_limit
from streams.observe import metrics

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
_SWEEP = 1.0  # seconds
_LINGER = 2.0  # seconds to go on reading what was refused, so that the sender can read the answer
# aiohttp logs the bytes of requests that it can't parse; none of those may be in a log.
_SILENT = logging.getLogger("ingress.silent")
_SILENT.disabled = True


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
            metrics.count("ingress_cut_off", why="connections")
            self.cut_off()

    def data_received(self, data: bytes) -> None:
        if data:  # aiohttp calls it without any, to go on with what it has
            self.reading()
        super().data_received(data)

    def reading(self) -> None:
        if self.reading_since is None:
            self.reading_since = self._loop.time()

    def slow(self, since: float) -> bool:
        return self.reading_since is not None and self.reading_since < since

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


class Connections(web.Server):
    """Makes the connections and cuts off the slow ones."""

    def __init__(self, answer: Answer, limits: Limits) -> None:
        super().__init__(
            answer,
            access_log=None,
            logger=_SILENT,
            auto_decompress=False,
            keepalive_timeout=limits.idle_deadline.total_seconds(),
            lingering_time=_LINGER,
        )
        self._deadline = limits.read_deadline.total_seconds()
        self._most = open_file_limit(limits)

    def __call__(self) -> web.RequestHandler:
        return Connection(self, loop=self._loop, **self._kwargs)

    @property
    def full(self) -> bool:
        return len(self._connections) > self._most

    async def sweep_on(self) -> None:
        """Cut off slow senders, for ever."""
        while True:
            await asyncio.sleep(min(_SWEEP, self._deadline))
            self._sweep(self._loop.time() - self._deadline)
            metrics.gauge("ingress_connections", len(self._connections))

    def _sweep(self, since: float) -> None:
        for connection in self.connections:
            if isinstance(connection, Connection) and connection.slow(since):
                metrics.count("ingress_cut_off", why="slow")
                connection.cut_off()
