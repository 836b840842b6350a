"""One request by the client, and names whose addresses the test gives."""

import asyncio
import socket
from collections.abc import Sequence

from sinks.delivery.client import Answer, Client
from sinks.delivery.resolver import AddressInfo
from sinks.destinations.base import Request


def request(url: str) -> Request:
    return Request(url=url, headers={"Content-Type": "application/json"}, body=b'{"event":{}}')


async def send(client: Client, url: str, *, seconds: float = 5, private: bool = True) -> Answer:
    until = asyncio.get_running_loop().time() + seconds
    return await client.send(request(url), until=until, private=private)


class Names:
    """A resolver whose answers are given; asked again, it goes on to the next."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int) -> Sequence[AddressInfo]:
        answer = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        return [self._info(address, port) for address in answer]

    def _info(self, address: str, port: int) -> AddressInfo:
        if ":" in address:
            return (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
        return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
