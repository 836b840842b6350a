"""While no broker answers, a client looks for one a few times a second, not thousands."""

import asyncio

from aiokafka.client import AIOKafkaClient

from streams.kafka.outage import pause_failed_updates
from tests.conftest import free_ports


async def test_failed_looks_at_the_cluster_are_apart() -> None:
    (port,) = free_ports(1)
    client = AIOKafkaClient(bootstrap_servers=f"127.0.0.1:{port}")
    looks = 0

    async def failing(*_arguments: object) -> bool:
        nonlocal looks
        looks += 1
        return False

    client._metadata_update = failing
    pause_failed_updates(client, pause=0.05)
    try:
        async with asyncio.timeout(0.3):
            while not await client._metadata_update(client.cluster, []):
                pass
    except TimeoutError:
        pass

    assert 2 <= looks <= 7
