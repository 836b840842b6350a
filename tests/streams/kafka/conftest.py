"""Topics of a test's own, so that tests on the one broker never see each other's records."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from streams.contracts.step import Record
from streams.contracts.topics import Topic
from streams.kafka.follower import Follower
from streams.kafka.topics import create_and_check
from streams.settings.kafka import KafkaSettings

MakeTopic = Callable[..., Awaitable[str]]


@pytest.fixture
def make_topic(kafka: KafkaSettings) -> MakeTopic:
    """`await make_topic(partitions=4, compacted=False)` gives the name of a new topic."""

    async def make(partitions: int = 4, *, compacted: bool = False) -> str:
        name = f"test.{uuid4().hex}"
        retention = None if compacted else timedelta(days=1)
        topic = Topic(name=name, retention=retention)
        await create_and_check(
            kafka, partitions=partitions, replication=1, local=True, topics=[topic]
        )
        return name

    return make


@pytest.fixture
def group() -> str:
    """The name of a group that nobody else uses."""
    return f"group-{uuid4().hex}"


async def read_all(kafka: KafkaSettings, topic: str) -> list[Record]:
    """The whole topic as it is now, partition by partition."""
    found: list[Record] = []
    follower = Follower(kafka, topic, found.append)
    await follower.start()
    await follower.stop()
    return sorted(found, key=lambda record: (record.partition, record.offset))


async def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Return when `condition` is true; TimeoutError when it does not become so."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what it looks at tells nobody
            await asyncio.sleep(0.02)
