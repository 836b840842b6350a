"""A bare aiohttp client: the same bodies, ready made, to the same receiver; nothing else.

python -m tests.bench.delivery_bare URL COUNT CONNECTIONS
"""

import asyncio
import sys
import time

import aiohttp
import uvloop

from sinks.destinations.payload import envelope
from streams.contracts.codec import write_json
from tests.sinks.events import event, event_id

HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "bare",
    "webhook-id": event_id(1),
    "webhook-timestamp": "1790000000",
    "webhook-signature": "v1," + "A" * 44,
}


async def run(url: str, count: int, connections: int) -> None:
    body = write_json(envelope(event()))
    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def post(times: int) -> None:
            for _ in range(times):
                async with session.post(url, data=body, headers=HEADERS) as response:
                    await response.read()

        await asyncio.gather(*(post(20) for _ in range(connections)))
        began, cpu = time.monotonic(), time.process_time()
        await asyncio.gather(*(post(count // connections) for _ in range(connections)))
        sys.stdout.write(f"{time.process_time() - cpu} {time.monotonic() - began}\n")


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
