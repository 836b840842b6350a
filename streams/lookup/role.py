"""The role `lookup`: published keys, and pointers at what only a store's API knows.

Pointers are answered side by side, so that a slow store holds nobody up; where no API is set they
wait (pointers.py). Records are done when what they lead to is in Kafka; a failure of ours ends the
role, and a restart reads them again.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field

import structlog
from aiohttp import ClientSession

from streams.contracts import topics
from streams.contracts.codec import decode
from streams.contracts.dead import dead_letter
from streams.contracts.errors import MalformedError
from streams.contracts.ids import AppId, StoreName
from streams.contracts.project import Project
from streams.contracts.purchase import KeyWanted, Pointer
from streams.contracts.step import Out, Record
from streams.kafka.consumer import Consumer
from streams.kafka.follower import Follower
from streams.kafka.producer import Producer
from streams.lookup.answering import Answering
from streams.lookup.asking import issuers, lookups
from streams.lookup.key_client import KeyClient
from streams.lookup.published_keys import PublishedKeys
from streams.lookup.release import Releases, release
from streams.lookup.waking import wake
from streams.observe import metrics
from streams.observe.health import Health, serve_health
from streams.settings.environment import Settings
from streams.settings.kafka import KafkaSettings
from streams.settings.project_file import ApiSettings, load_project

GROUP = "lookup"
_LOOK_AGAIN = 5.0  # seconds
_AT_ONCE = 64  # pointers that are being answered
_STUCK = 120.0  # seconds with a record that does not get done
_log = structlog.get_logger()


async def run(settings: Settings) -> None:
    """Look up until cancelled. Raise ConfigError when a store of the project can't work as set."""
    file = load_project(settings.project)
    role = Lookup(kafka=settings.kafka, project=file.project, apis=file.apis(), slot=settings.slot)
    async with serve_health(settings.host, settings.health_port, role.health):
        await role.run()


@dataclass(kw_only=True)
class Lookup:
    """`apis`: how each app's store is asked. `started` is set when it reads, which tests wait for."""

    kafka: KafkaSettings
    project: Project
    apis: Mapping[tuple[AppId, StoreName], ApiSettings] = field(default_factory=dict)
    slot: str = "0"
    group: str = GROUP
    started: asyncio.Event = field(default_factory=asyncio.Event)
    _consumer: Consumer | None = None
    _followers: list[Follower] = field(default_factory=list)
    _releases: Releases = field(default_factory=Releases)

    @property
    def health(self) -> Health:
        """Not of the issuers: this role can do nothing about one that does not answer but ask on."""
        return Health(live=self._broken, ready=self._unready)

    async def run(self) -> None:
        """Follow `keys` and `control`, then read and fetch, for ever."""
        async with AsyncExitStack() as stack:
            name = f"{self.group}-{self.slot}"
            producer = await stack.enter_async_context(Producer(self.kafka, client_id=name))
            session = await stack.enter_async_context(ClientSession())
            publishers = issuers(self.project)
            keys = PublishedKeys(publishers, KeyClient(session), producer.send)
            await self._follow(stack, topics.KEYS, keys.on_record)
            answering = Answering(lookups=lookups(self.project, self.apis, session))
            await self._follow(stack, topics.CONTROL, self._releases.on_record)
            await producer.send_all(self._releases.news_of(answering.lookups))
            self._consumer = await stack.enter_async_context(self._reader(name))
            asked = ["/".join(whose) for whose in sorted(answering.lookups)]
            _log.info("looking_up", issuers=sorted(publishers), asked=asked)
            self.started.set()
            async with asyncio.TaskGroup() as group:
                group.create_task(keys.run())
                group.create_task(self._read(self._consumer, producer, keys, answering))
                group.create_task(self._release(self._consumer, producer))

    async def _follow(
        self, stack: AsyncExitStack, topic: str, on_record: Callable[[Record], None]
    ) -> None:
        follower = Follower(self.kafka, topic, on_record)
        await follower.start()
        stack.push_async_callback(follower.stop)
        self._followers.append(follower)

    def _reader(self, name: str) -> Consumer:
        return Consumer(
            self.kafka,
            group=self.group,
            topics=(topics.POINTERS, topics.KEYS_WANTED),
            instance=name,
            client_id=name,
        )

    async def _read(
        self, consumer: Consumer, producer: Producer, keys: PublishedKeys, answering: Answering
    ) -> None:
        places = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            async for batch in consumer.batches(_AT_ONCE):
                for record in batch:
                    await places.acquire()
                    work = group.create_task(_settle(record, consumer, producer, keys, answering))
                    work.add_done_callback(lambda _: places.release())

    async def _release(self, consumer: Consumer, producer: Producer) -> None:
        """One of the processes does it: who reads the topic's first partition, which may move."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AGAIN):
                    await self._releases.news.wait()
            self._releases.news.clear()
            await self._release_due(consumer, producer)

    async def _release_due(self, consumer: Consumer, producer: Producer) -> None:
        for whose, offset in self._releases.due().items():
            if (topics.POINTERS, 0) in consumer.assignment:
                await wake(self.kafka, producer.send_all, whose)
                await release(self.kafka, producer, whose, offset)
                self._releases.finished(whose, offset)

    def _broken(self) -> str | None:
        problems = [problem for each in self._followers if (problem := each.problem())]
        age = (
            0.0 if self._consumer is None or self._consumer.silence() else self._consumer.oldest_age
        )
        stuck = [f"a record is not done after {age:.0f} s"] if age > _STUCK else []
        return "; ".join(problems + stuck) or None

    def _unready(self) -> str | None:
        if self._consumer is None or not self._consumer.assignment:
            return "no partition is assigned"
        return self._consumer.trouble()


async def _settle(
    record: Record,
    consumer: Consumer,
    producer: Producer,
    keys: PublishedKeys,
    answering: Answering,
) -> None:
    """Done when all that it leads to is in Kafka."""
    outs = await _look_up(record, keys, answering)
    if outs:
        await producer.send_all(outs)
    consumer.done(record)


async def _look_up(record: Record, keys: PublishedKeys, answering: Answering) -> tuple[Out, ...]:
    """One that can't be read becomes a dead letter, and the rest goes on."""
    try:
        if record.topic == topics.KEYS_WANTED:
            keys.want(decode(record.value, KeyWanted))
            return ()
        pointer = decode(record.value, Pointer)
    except MalformedError as error:
        metrics.count("lookup_dead")
        return (dead_letter(record, reason=error.reason, detail=str(error)),)
    return await answering.answer(record, pointer)
