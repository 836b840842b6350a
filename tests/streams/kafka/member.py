"""A member of a group in a process of its own: python -m tests.streams.kafka.member BOOTSTRAP GROUP TOPIC

Prints `read N` and `done N` for every record; some stay in flight for long, so that records get done
out of order, commits happen meanwhile, and some always are in flight when it is killed.
"""

import asyncio
import sys
from datetime import timedelta

from streams.contracts.step import Record
from streams.kafka.consumer import Consumer
from streams.settings.kafka import KafkaSettings


async def main(bootstrap: str, group: str, topic: str) -> None:
    consumer = Consumer(
        KafkaSettings(bootstrap=bootstrap),
        group=group,
        topics=[topic],
        client_id="member",
        session=timedelta(seconds=2),
    )
    async with consumer, asyncio.TaskGroup() as tasks:
        async for batch in consumer.batches(limit=20):
            for record in batch:
                tasks.create_task(_work(consumer, record))
            await asyncio.sleep(0.02)


async def _work(consumer: Consumer, record: Record) -> None:
    number = int(record.value)
    print(f"read {number}", flush=True)  # noqa: T201 - the test reads it
    await asyncio.sleep(_seconds(number))
    print(f"done {number}", flush=True)  # noqa: T201 - the test reads it
    consumer.done(record)


def _seconds(number: int) -> float:
    if number % 50 == 0:
        return 3.0  # longer than the time between two commits
    return 0.3 if number % 3 == 0 else 0.01


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
