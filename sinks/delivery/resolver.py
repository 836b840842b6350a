"""Names into addresses for deliveries, guarded: a name that gives a non-public address is refused.

Nothing is cached: a connection is made to what was checked a moment before, so a name that changes
its mind (DNS rebinding) is checked each time. Lookups run in threads of their own, one at a time
for a name, so that names whose servers do not answer hold up no other: as many as there are threads.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sinks.delivery.egress import EgressRefusedError, is_public, refuse_private

THREADS = 256  # started as they are needed; a quarter of 1,000 destinations may hang in DNS

AddressInfo = tuple[
    int, int, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
]
"""As `socket.getaddrinfo` gives it."""
LookUp = Callable[[str, int], Sequence[AddressInfo]]


def system_look_up(host: str, port: int) -> Sequence[AddressInfo]:
    """By the system's resolver; blocks."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)


def guarded_socket(info: AddressInfo) -> socket.socket:
    """The last gate, at connect time, for names and literal addresses alike."""
    family, kind, proto, _, address = info
    if not is_public(str(address[0])):
        raise EgressRefusedError(f"{address[0]} is not public")
    return socket.socket(family=family, type=kind, proto=proto)


class DeliveryResolver:
    """`guarded` False lets every address through: for `allow_private` destinations only."""

    def __init__(self, *, guarded: bool, look_up: LookUp = system_look_up) -> None:
        self._guarded = guarded
        self._look_up = look_up
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="dns")
        self._running: dict[tuple[str, int], asyncio.Future[Sequence[AddressInfo]]] = {}

    async def resolve(self, host: str, port: int) -> list[AddressInfo]:
        """Raise OSError when the name has no address, or one that it may not have."""
        infos = await asyncio.shield(self._lookup_of(host, port))
        if self._guarded:
            refuse_private(host, (str(info[4][0]) for info in infos))
        return list(infos)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _lookup_of(self, host: str, port: int) -> asyncio.Future[Sequence[AddressInfo]]:
        """The lookup of this name that is under way, or a new one."""
        key = (host, port)
        if key not in self._running:
            loop = asyncio.get_running_loop()
            lookup = loop.run_in_executor(self._pool, self._look_up, host, port)
            self._running[key] = lookup
            lookup.add_done_callback(lambda done: self._ended(key, done))
        return self._running[key]

    def _ended(self, key: tuple[str, int], lookup: asyncio.Future[Sequence[AddressInfo]]) -> None:
        del self._running[key]
        if not lookup.cancelled():
            lookup.exception()  # whoever waited has it; nobody may be waiting any more
