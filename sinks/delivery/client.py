"""One HTTP request to a destination, guarded and bounded: time, bytes, addresses, no redirects.

Whatever happens comes back as a value: an answer, or a short stable word for why there was none.
Nothing that a receiver does (hangs, trickles, sends without end, redirects home) costs more than
one attempt's time and a little over 64 KiB.
"""

import asyncio
import ssl
from contextlib import suppress
from types import TracebackType
from typing import Self

from msgspec import Struct

from sinks.delivery import timing
from sinks.delivery.attempts import Timing
from sinks.delivery.connections import Connections, Target, target_of, tls_context
from sinks.delivery.exchange import RESPONSE_CAP, Exchange, NoAnswerError, StaleError
from sinks.delivery.resolver import DeliveryResolver, LookUp, system_look_up
from sinks.destinations.base import Request, Response
from streams.observe import clock

__all__ = ["RESPONSE_CAP", "Answer", "Client"]
_OURS = b"Accept: */*\r\nAccept-Encoding: identity\r\n"


class Answer(Struct, frozen=True, kw_only=True):
    """`response`, or `reason` and `detail` for why there is none."""

    timing: Timing
    response: Response | None = None
    reason: str = ""
    detail: str = ""


class Client:
    """Two pools of connections, so that an `allow_private` destination can't lend one to another."""

    def __init__(
        self, *, look_up: LookUp = system_look_up, tls: ssl.SSLContext | None = None
    ) -> None:
        self._look_up = look_up
        self._tls = tls or tls_context()

    async def __aenter__(self) -> Self:
        self._resolvers = [
            DeliveryResolver(guarded=on, look_up=self._look_up) for on in (True, False)
        ]
        self._guarded = Connections(self._resolvers[0], self._tls, guarded=True)
        self._private = Connections(self._resolvers[1], self._tls, guarded=False)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._guarded.close()
        self._private.close()
        for resolver in self._resolvers:
            resolver.close()
        await asyncio.sleep(0)  # in which the sockets close

    async def send(self, request: Request, *, until: float, private: bool = False) -> Answer:
        """`until`: the event loop's time at which it ends, whatever has happened by then."""
        pool = self._private if private else self._guarded
        stopwatch = timing.start()
        try:
            response = await _answered(pool, request, until, stopwatch)
        except NoAnswerError as error:
            took = stopwatch.timing(clock.monotonic())
            return Answer(timing=took, reason=error.reason, detail=error.detail)
        except TimeoutError:
            took = stopwatch.timing(clock.monotonic())
            missing = stopwatch.missing(tls=request.url.startswith("https:"))
            return Answer(timing=took, reason="timeout", detail=missing)
        return Answer(timing=stopwatch.timing(clock.monotonic()), response=response)


async def _answered(
    pool: Connections, request: Request, until: float, stopwatch: timing.Stopwatch
) -> Response:
    target = target_of(request.method, request.url)
    data = request_bytes(target, request)
    exchange, response = await _exchanged(pool, target, data, until, stopwatch)
    stopwatch.first_byte = exchange.head_at
    if exchange.reusable:
        pool.keep(target, exchange)
    else:
        exchange.close()
    return response


async def _exchanged(
    pool: Connections, target: Target, data: bytes, until: float, stopwatch: timing.Stopwatch
) -> tuple[Exchange, Response]:
    """The receiver may close an idle connection at the moment in which we use it: that is no
    failure of its own, so a new connection is made at once."""
    exchange = pool.idle(target)
    if exchange is not None:
        with suppress(StaleError):
            return exchange, await exchange.ask(data, until)
    async with asyncio.timeout_at(until):
        exchange = await pool.open(target, stopwatch)
    return exchange, await exchange.ask(data, until)


def request_bytes(target: Target, request: Request) -> bytes:
    """The whole request. Raise NoAnswerError for a header that would end its line."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    if lines.count("\n") + lines.count("\r") != 2 * len(request.headers) or "\0" in lines:
        raise NoAnswerError("protocol", "a header with a line break")
    length = f"Content-Length: {len(request.body)}\r\n\r\n"
    return b"".join((target.start, _OURS, lines.encode(), length.encode(), request.body))
