"""One HTTP request to a destination, guarded and bounded: time, bytes, addresses, no redirects.

Whatever happens comes back as a value: an answer, or a short stable word for why there was none.
Nothing that a receiver does (hangs, trickles, sends without end, redirects home) costs more than
one attempt's time and 64 KiB.
"""

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientError,
    ClientOSError,
    ClientPayloadError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
)

from sinks.delivery import timing
from sinks.delivery.attempts import Timing
from sinks.delivery.egress import EgressRefusedError
from sinks.delivery.resolver import DeliveryResolver, LookUp, guarded_socket, system_look_up
from sinks.destinations.base import Request, Response
from streams.observe import clock

RESPONSE_CAP = 64 * 1024
_KEEP_ALIVE = 30  # seconds that an idle connection is kept
_STALE_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`response`, or `reason` and `detail` for why there is none."""

    timing: Timing
    response: Response | None = None
    reason: str = ""
    detail: str = ""


class Client:
    """Two pools of connections, so that an `allow_private` destination can't lend one to another."""

    def __init__(
        self, *, look_up: LookUp = system_look_up, tls: timing.TimedTlsContext | None = None
    ) -> None:
        self._look_up = look_up
        self._tls = tls or timing.TimedTlsContext()

    async def __aenter__(self) -> Self:
        self._resolvers = [
            DeliveryResolver(guarded=on, look_up=self._look_up) for on in (True, False)
        ]
        self._guarded = self._session(self._resolvers[0], guarded=True)
        self._private = self._session(self._resolvers[1], guarded=False)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._guarded.close()
        await self._private.close()
        for resolver in self._resolvers:
            await resolver.close()

    async def send(self, request: Request, *, until: float, private: bool = False) -> Answer:
        """`until`: the event loop's time at which it ends, whatever has happened by then."""
        session = self._private if private else self._guarded
        stopwatch = timing.start()
        try:
            async with asyncio.timeout_at(until):
                head = await _head(session, request, stopwatch)
            stopwatch.first_byte = clock.monotonic()
            response = await _response(head, until)
        except (OSError, ClientError, ValueError) as error:
            reason, detail = _why(error)
            return Answer(timing=stopwatch.timing(clock.monotonic()), reason=reason, detail=detail)
        return Answer(timing=stopwatch.timing(clock.monotonic()), response=response)

    def _session(self, resolver: DeliveryResolver, *, guarded: bool) -> ClientSession:
        connector = TCPConnector(
            resolver=resolver,
            use_dns_cache=False,
            socket_factory=guarded_socket if guarded else None,
            ssl=self._tls,
            limit=0,  # the lanes limit, each destination by itself
            keepalive_timeout=_KEEP_ALIVE,
        )
        return ClientSession(
            connector=connector,
            trust_env=False,
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,  # a compressed answer is cut short as it is
            headers={"Accept": "*/*", "Accept-Encoding": "identity"},
            skip_auto_headers=("Content-Type",),  # a request says what it carries, or nothing does
            timeout=ClientTimeout(total=None),
            trace_configs=[timing.tracing()],
        )


async def _head(
    session: ClientSession, request: Request, stopwatch: timing.Stopwatch
) -> ClientResponse:
    """The receiver may close an idle connection at the moment in which we use it: that is no
    failure of its own, so another connection is tried at once."""
    for _ in range(_STALE_TRIES):
        try:
            return await _request(session, request, stopwatch)
        except (ServerDisconnectedError, ClientOSError):
            if not stopwatch.reused:
                raise
    return await _request(session, request, stopwatch)


async def _request(
    session: ClientSession, request: Request, stopwatch: timing.Stopwatch
) -> ClientResponse:
    return await session.request(
        request.method,
        request.url,
        data=request.body,
        headers=request.headers,
        allow_redirects=False,
        trace_request_ctx=stopwatch,
    )


async def _response(head: ClientResponse, until: float) -> Response:
    body, truncated = await _body(head, until)
    return Response(
        status=head.status,
        received_at=clock.now(),
        headers={name.lower(): value for name, value in head.headers.items()},
        body=body,
        truncated=truncated,
    )


async def _body(head: ClientResponse, until: float) -> tuple[bytes, bool]:
    """Up to the cap, and whether it was cut. The status stands, however the body goes on."""
    body = bytearray()
    whole = False
    try:
        async with asyncio.timeout_at(until):
            async for chunk in head.content.iter_any():
                body += chunk
                if len(body) > RESPONSE_CAP:
                    break
        whole = len(body) <= RESPONSE_CAP
    except (TimeoutError, ClientPayloadError, ClientOSError):
        whole = False
    finally:
        # A connection with more to come can't be used again.
        head.release() if whole else head.close()
    return bytes(body[:RESPONSE_CAP]), not whole


def _why(error: Exception) -> tuple[str, str]:
    """A stable word and a text without the url, which may be a secret."""
    if isinstance(error, TimeoutError):
        return "timeout", "no answer in time"
    if isinstance(error, ClientConnectorCertificateError | ClientConnectorSSLError):
        return "tls", _text(error)
    if isinstance(error, ClientConnectorError):
        return _why_unconnected(error)
    if isinstance(error, ServerDisconnectedError | ClientOSError):
        return "disconnected", _text(error)
    return "protocol", type(error).__name__


def _why_unconnected(error: ClientConnectorError) -> tuple[str, str]:
    cause = error.os_error
    if isinstance(cause, EgressRefusedError):
        return "egress_refused", str(cause)
    reason = "dns" if isinstance(error, ClientConnectorDNSError) else "connect"
    return reason, _text(cause)


def _text(error: BaseException) -> str:
    strerror = getattr(error, "strerror", None)
    return f"{type(error).__name__}: {strerror or error}"
