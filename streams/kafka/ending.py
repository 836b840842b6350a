"""Ends a consumer of aiokafka, at any moment: its own `stop` fails at two of them.

It awaits fetches that it has just cancelled, so that one which waits for a broker to come back ends
the caller with CancelledError; and a reader without a group that ends at once, the same.
"""

import asyncio

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import Fetcher


async def end(consumer: AIOKafkaConsumer) -> None:
    """Leave the group, if it has one, and close every connection; harmless when it never started."""
    await asyncio.sleep(0)  # a task that has not begun can't note that it is cancelled
    if consumer._fetcher is not None:  # noqa: SLF001 - see above
        await _end_fetches(consumer._fetcher)  # noqa: SLF001
    await consumer.stop()


async def _end_fetches(fetcher: Fetcher) -> None:
    routine: asyncio.Task[None] = fetcher._fetch_task  # noqa: SLF001
    pending: set[asyncio.Task[bool]] = fetcher._pending_tasks  # noqa: SLF001
    routine.cancel()
    await asyncio.wait([routine])
    for fetch in pending:
        fetch.cancel()
    if pending:
        await asyncio.wait(pending)
    pending.clear()
