"""Ends clients of aiokafka at any moment, which their own `stop` can't.

A consumer's awaits fetches that it has just cancelled, so that one which waits for a broker to come
back ends the caller with CancelledError; and a reader without a group that ends at once, the same. A
producer's flushes first, without a deadline.
"""

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import ProducerClosed

_AGAIN = 0.1  # seconds


async def end(consumer: AIOKafkaConsumer) -> None:
    """Leave the group, if it has one, and close every connection; harmless when it never started."""
    await asyncio.sleep(0)  # a task that has not begun can't note that it is cancelled
    if consumer._fetcher is not None:  # noqa: SLF001 - see above
        await _end_fetches(consumer._fetcher)  # noqa: SLF001
    await consumer.stop()


async def _end_fetches(fetcher: Fetcher) -> None:
    routine: asyncio.Task[None] = fetcher._fetch_task  # noqa: SLF001
    pending: set[asyncio.Task[bool]] = fetcher._pending_tasks  # noqa: SLF001
    while not routine.done():
        # It may be giving up what an assignment that has just gone had asked for, and then takes our
        # cancellation for that of the request which it waits for.
        routine.cancel()
        await asyncio.wait([routine], timeout=_AGAIN)
    for fetch in pending:
        fetch.cancel()
    if pending:
        await asyncio.wait(pending)
    pending.clear()


async def abandon(producer: AIOKafkaProducer) -> None:
    """Close it with what is not acknowledged; whoever waits for that gets ProducerClosed."""
    # The sender first: it may still put a batch back.
    sender, accumulator = producer._sender, producer._message_accumulator  # noqa: SLF001
    await sender.close()
    accumulator.fail_all(ProducerClosed())
    for batches in accumulator._batches.values():  # noqa: SLF001 - no public way to them
        for batch in batches:
            batch._drain_waiter.exception()  # noqa: SLF001 - taken note of: nobody waits for it
    await producer.client.close()
