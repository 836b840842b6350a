"""Where the time of one attempt goes: DNS, connect, TLS, first byte, total.

aiohttp's tracing tells of DNS and of the connection as a whole. The moment at which TCP is done and
TLS begins it does not tell; the TLS context does, which makes the handshake's buffers just then.
"""

import ssl
from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from aiohttp import ClientSession, TraceConfig

from sinks.delivery.attempts import Timing
from streams.observe import clock

_current: ContextVar["Stopwatch | None"] = ContextVar("stopwatch", default=None)


@dataclass(slots=True)
class Stopwatch:
    """Monotonic seconds of what has happened so far; made when the attempt starts."""

    started: float
    dns_started: float | None = None
    dns_ended: float | None = None
    connect_started: float | None = None
    connect_ended: float | None = None
    tls_started: float | None = None
    first_byte: float | None = None

    @property
    def reused(self) -> bool:
        """Whether the connection was open before."""
        return self.connect_started is None

    def timing(self, now: float) -> Timing:
        begun = self.connect_started if self.dns_ended is None else self.dns_ended
        connected = self.connect_ended if self.tls_started is None else self.tls_started
        return Timing(
            total_ms=_ms(self.started, now) or 0.0,
            dns_ms=_ms(self.dns_started, self.dns_ended),
            connect_ms=_ms(begun, connected),
            tls_ms=_ms(self.tls_started, self.connect_ended),
            first_byte_ms=_ms(self.started, self.first_byte),
            reused=self.reused,
        )


def start() -> Stopwatch:
    """A stopwatch for what the current task does next."""
    stopwatch = Stopwatch(started=clock.monotonic())
    _current.set(stopwatch)
    return stopwatch


class TimedTlsContext(ssl.SSLContext):
    """Verifies as `ssl.create_default_context` does, and notes when each handshake begins."""

    def __new__(cls) -> "TimedTlsContext":
        context = super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_default_certs()
        return context

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:  # noqa: ANN401 - passed on
        stopwatch = _current.get()
        if stopwatch is not None:
            stopwatch.tls_started = clock.monotonic()
        return super().wrap_bio(*args, **kwargs)


def tracing() -> TraceConfig:
    """Notes on the Stopwatch that the request was given as its trace context."""
    config = TraceConfig()
    config.on_dns_resolvehost_start.append(_noting("dns_started"))
    config.on_dns_resolvehost_end.append(_noting("dns_ended"))
    config.on_connection_create_start.append(_noting("connect_started"))
    config.on_connection_create_end.append(_noting("connect_ended"))
    return config


def _noting(moment: str) -> Any:  # noqa: ANN401 - aiohttp has a signal type for each, all alike
    async def note(_session: ClientSession, context: SimpleNamespace, _params: object) -> None:
        setattr(context.trace_request_ctx, moment, clock.monotonic())

    return note


def _ms(start: float | None, end: float | None) -> float | None:
    if start is None or end is None:
        return None
    return round((end - start) * 1000, 3)
