"""Open connections, kept for the next request; a new one is looked up, guarded, connected, secured.

`guarded`: what is not public is refused by the resolver for names, and once more for each address,
names' and literal ones, at the moment of the connect.
"""

import asyncio
import socket
import ssl
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address

import aiohappyeyeballs
from yarl import URL

from sinks.delivery.egress import EgressRefusedError
from sinks.delivery.exchange import Exchange, NoAnswerError
from sinks.delivery.resolver import AddressInfo, DeliveryResolver, guarded_socket
from sinks.delivery.timing import Stopwatch
from streams.observe import clock

_KEEP_ALIVE = 30.0  # seconds that an idle connection is kept
_SWEEP = 5.0
_NEXT_ADDRESS = 0.25  # seconds after which a name's next address is tried beside the first
_TARGETS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a url points. `start`: the beginning of a request's head. The url may be a secret."""

    host: str
    port: int
    tls: bool
    start: bytes = field(repr=False)

    @property
    def key(self) -> tuple[str, int, bool]:
        return self.host, self.port, self.tls


@lru_cache(maxsize=_TARGETS)
def target_of(method: str, url: str) -> Target:
    """Raise NoAnswerError when it is no http(s) url."""
    try:
        parsed = URL(url)
        host, port = parsed.raw_host, parsed.port
    except ValueError as error:
        raise NoAnswerError("protocol", "the url can't be read") from error
    if parsed.scheme not in {"http", "https"} or not host or not port:
        raise NoAnswerError("protocol", "the url is not http(s)://host/path")
    start = f"{method} {parsed.raw_path_qs} HTTP/1.1\r\nHost: {parsed.host_port_subcomponent}\r\n"
    return Target(host=host, port=port, tls=parsed.scheme == "https", start=start.encode())


def tls_context() -> ssl.SSLContext:
    """Verifies chain and name by the system's authorities."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


class Connections:
    """One pool. Two of them never lend each other a connection."""

    def __init__(self, resolver: DeliveryResolver, tls: ssl.SSLContext, *, guarded: bool) -> None:
        self._resolver = resolver
        self._tls = tls
        self._guarded = guarded
        self._idle: defaultdict[tuple[str, int, bool], list[tuple[float, Exchange]]]
        self._idle = defaultdict(list)
        self._sweep: asyncio.TimerHandle | None = None

    def idle(self, target: Target) -> Exchange | None:
        """One that is open already: the last that was used, if it is not too old."""
        waiting = self._idle.get(target.key, [])
        while waiting:
            since, exchange = waiting.pop()
            if exchange.is_open and clock.monotonic() - since < _KEEP_ALIVE:
                return exchange
            exchange.close()
        return None

    def keep(self, target: Target, exchange: Exchange) -> None:
        self._idle[target.key].append((clock.monotonic(), exchange))
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(_SWEEP, self._close_old)

    async def open(self, target: Target, stopwatch: Stopwatch) -> Exchange:
        """Raise NoAnswerError naming the stage that failed: dns, egress_refused, connect, tls."""
        infos = await self._addresses(target, stopwatch)
        stopwatch.connect_started = clock.monotonic()
        connected = await self._connected(infos)
        stopwatch.connect_ended = clock.monotonic()
        exchange = await self._secured(connected, target)
        if target.tls:
            stopwatch.tls_ended = clock.monotonic()
        return exchange

    def close(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
        for waiting in self._idle.values():
            for _, exchange in waiting:
                exchange.close()
        self._idle.clear()

    async def _addresses(self, target: Target, stopwatch: Stopwatch) -> list[AddressInfo]:
        literal = _literal(target.host, target.port)
        if literal is not None:
            return [literal]
        stopwatch.dns_started = clock.monotonic()
        try:
            return await self._resolver.resolve(target.host, target.port)
        except EgressRefusedError as error:
            raise NoAnswerError("egress_refused", str(error)) from error
        except (OSError, UnicodeError) as error:  # a name with an empty or too long label
            raise NoAnswerError("dns", _text(error)) from error
        finally:
            stopwatch.dns_ended = clock.monotonic()

    async def _connected(self, infos: list[AddressInfo]) -> socket.socket:
        try:
            return await aiohappyeyeballs.start_connection(
                infos,
                happy_eyeballs_delay=_NEXT_ADDRESS,
                socket_factory=guarded_socket if self._guarded else None,
            )
        except EgressRefusedError as error:
            raise NoAnswerError("egress_refused", str(error)) from error
        except (OSError, RuntimeError) as error:  # uvloop has both
            raise NoAnswerError("connect", _text(error)) from error

    async def _secured(self, connected: socket.socket, target: Target) -> Exchange:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            _, exchange = await asyncio.get_running_loop().create_connection(
                Exchange,
                sock=connected,
                ssl=self._tls if target.tls else None,
                # without the root's dot, which stands in no certificate
                server_hostname=target.host.rstrip(".") if target.tls else None,
            )
        except (OSError, ValueError) as error:  # a host that can be no server's name
            connected.close()
            raise NoAnswerError("tls" if target.tls else "connect", _text(error)) from error
        return exchange

    def _close_old(self) -> None:
        self._sweep = None
        oldest = clock.monotonic() - _KEEP_ALIVE
        for key, waiting in list(self._idle.items()):
            for since, exchange in waiting:
                if since < oldest:
                    exchange.close()
            self._idle[key] = [one for one in waiting if one[0] >= oldest and one[1].is_open]
            if not self._idle[key]:
                del self._idle[key]
        if self._idle:
            self._sweep = asyncio.get_running_loop().call_later(_SWEEP, self._close_old)


def _literal(host: str, port: int) -> AddressInfo | None:
    """The address that `host` is, written as one; None: a name, or a number for the resolver."""
    try:
        version = ip_address(host).version
    except ValueError:
        return None
    if version == 4:  # noqa: PLR2004 - of IP
        return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port))
    return (socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port, 0, 0))


def _text(error: BaseException) -> str:
    strerror = getattr(error, "strerror", None)
    return f"{type(error).__name__}: {strerror or error}"
