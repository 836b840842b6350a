"""The deliver role on the real broker, for tests: groups of their own that begin at the end."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import timedelta
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, TopicPartition

from sinks.delivery.attempts import Attempt
from sinks.delivery.breaker import BreakerPolicy
from sinks.delivery.plan import Plan
from sinks.delivery.role import Role
from sinks.delivery.schedule import Schedule
from sinks.destinations.filters import Filter
from streams.contracts.codec import decode
from streams.contracts.event import Event
from streams.contracts.step import Record
from streams.contracts.topics import DELAYS, DELIVERIES, EVENTS
from streams.kafka.connection import client_options
from streams.kafka.delay import Delay
from streams.kafka.producer import Producer
from streams.kafka.records import as_record
from streams.settings.kafka import KafkaSettings
from tests.receiver import Receiver
from tests.sinks.delivery.deliveries import plan, webhook
from tests.sinks.events import event, event_out

SECOND = timedelta(seconds=1)
QUICK = Schedule(steps=(timedelta(seconds=5), timedelta(seconds=5)), jitter=0.0)
"""Two retries, a delay topic's shortest step apart."""


def own_app() -> str:
    """An app that no other test has: tests share the topics."""
    return f"app-{uuid4().hex[:12]}"


def events_of(app: str, count: int, **fields: Any) -> list[Event]:  # noqa: ANN401 - any field of Event
    """Of as many customers, unless `fields` say otherwise."""
    return [
        event(f"{app}/{n}", app_id=app, **({"customer_id": f"u-{n}"} | fields))
        for n in range(count)
    ]


def to(receiver: Receiver, app: str, name: str = "mine", **fields: Any) -> Plan:  # noqa: ANN401 - any field of Plan
    """A webhook to that receiver which takes the events of one app."""
    given: dict[str, Any] = {
        "destination": webhook(receiver.url),
        "filter": Filter(apps=frozenset({app})),
        "allow_private": True,
        "schedule": QUICK,
        "breaker": BreakerPolicy(failures=1000),
    }
    return plan(name=name, **(given | fields))


async def begin_at_end(kafka: KafkaSettings, group: str, topics: Sequence[str]) -> None:
    """Commit the topics' ends for `group`: what other tests wrote is none of its business."""
    client = AIOKafkaConsumer(**client_options(kafka), group_id=group, enable_auto_commit=False)
    await client.start()
    try:
        partitions = [
            TopicPartition(topic, number)
            for topic in topics
            for number in await _partitions(client, topic)
        ]
        client.assign(partitions)
        await client.commit(await client.end_offsets(partitions))
    finally:
        await client.stop()


async def _partitions(client: AIOKafkaConsumer, topic: str) -> set[int]:
    while not (found := client.partitions_for_topic(topic)):
        await client._client.force_metadata_update()
        await client.topics()
    numbers: set[int] = found
    return numbers


@asynccontextmanager
async def delivering(
    kafka: KafkaSettings, *plans: Plan, group: str | None = None, delay: bool = False
) -> AsyncIterator[Role]:
    """The role, ended cleanly at the end; with the delay role beside it if asked."""
    name = group or f"deliver-{uuid4().hex[:12]}"
    if group is None:
        await begin_at_end(kafka, name, (EVENTS, DELIVERIES))
    role = Role(kafka=kafka, plans=plans, group=name, schedule=QUICK)
    stop = asyncio.Event()
    async with delaying(kafka) if delay else nullcontext():
        running = asyncio.create_task(role.run(stop))
        try:
            yield role
        finally:
            stop.set()
            await running


@asynccontextmanager
async def delaying(kafka: KafkaSettings) -> AsyncIterator[None]:
    """The delay role, in a group of its own."""
    group = f"delay-{uuid4().hex[:12]}"
    await begin_at_end(kafka, group, tuple(DELAYS))
    running = asyncio.create_task(Delay(kafka=kafka, group=group, instance=group).run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


async def publish(kafka: KafkaSettings, events: Sequence[Event]) -> None:
    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all([event_out(told) for told in events])


@asynccontextmanager
async def reading(kafka: KafkaSettings, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
    """What is written to a topic from now on."""
    client = AIOKafkaConsumer(**client_options(kafka), enable_auto_commit=False)
    await client.start()
    try:
        numbers = await _partitions(client, topic)
        client.assign([TopicPartition(topic, number) for number in numbers])
        await client.seek_to_end()
        for tp in client.assignment():
            await client.position(tp)
        yield client
    finally:
        await client.stop()


async def read_until(client: AIOKafkaConsumer, app: str, count: int) -> list[Record]:
    """So many records about events of one app."""
    found: list[Record] = []
    async with asyncio.timeout(30):
        while len(found) < count:
            batches = await client.getmany(timeout_ms=500)
            records = [as_record(one) for batch in batches.values() for one in batch]
            found += [record for record in records if app.encode() in record.value]
    return found


async def attempts_of(client: AIOKafkaConsumer, app: str, count: int) -> list[Attempt]:
    return [decode(record.value, Attempt) for record in await read_until(client, app, count)]
