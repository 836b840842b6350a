"""The producer: what `send` has returned from is in Kafka, on as many replicas as the topic asks.

Idempotent and acks=all: a retry inside never writes twice. After a TransientError the record may
still arrive, so who sends it again must live with both copies: ids are facts everywhere here.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer

from streams.contracts.errors import ConfigError, StoreNotificationsError, TransientError
from streams.contracts.step import Out
from streams.kafka.batching import apart, fill
from streams.kafka.deadlines import Deadlines
from streams.kafka.errors import FOREIGN, TOPICS_COMMAND, our_errors, translate
from streams.kafka.producer_life import ProducerLife
from streams.settings.kafka import KafkaSettings

_TOPIC_APPEARS = 3.0  # seconds, when another process is just making it


class Producer:
    """One per process and purpose. Concurrent sends share batches; order holds per key."""

    def __init__(
        self,
        kafka: KafkaSettings,
        *,
        client_id: str,
        timeout: timedelta = timedelta(seconds=30),
    ) -> None:
        self._life = ProducerLife(kafka, client_id=client_id, timeout=timeout)
        self._timeout = timeout.total_seconds()
        self._deadlines = Deadlines(self._timeout)
        self._known: set[str] = set()  # topics that were there
        self._turn = 0

    async def __aenter__(self) -> Self:
        await self._life.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._life.close()

    async def send(self, out: Out) -> None:
        """Return after the broker's acknowledgment; TransientError when it does not come in time."""
        client = await self._ready((out,))
        try:
            async with self._deadlines.timeout():
                await (await _enqueue(client, out))
        except FOREIGN as error:
            raise await self._failure(client, error, (out,)) from error

    async def send_all(self, outs: Sequence[Out]) -> None:
        """As `send`, for many at once, in their order per key. On an error any of them may be written.

        Those without a key go in batches of their own: a fraction of the work.
        """
        client = await self._ready(outs)
        waiting: list[asyncio.Future[Any]] = []
        try:
            async with self._deadlines.timeout():
                await self._enqueue_all(client, outs, waiting)
                await _settled(waiting)
        except FOREIGN as error:
            raise await self._failure(client, error, outs) from error
        finally:
            for future in waiting:
                future.cancel()

    async def send_batch(self, outs: Sequence[Out], *, partition: int) -> int:
        """How many of the first of `outs` fit into one batch; it is in that partition then.

        They go to one topic and have no key. For many at once a fraction of the work of `send_all`.
        """
        client = await self._ready(outs[:1])
        builder = client.create_batch()
        count = fill(builder, outs)
        try:
            async with self._deadlines.timeout():
                await (await client.send_batch(builder, outs[0].topic, partition=partition))
        except FOREIGN as error:
            raise await self._failure(client, error, outs[:count]) from error
        return count

    async def partitions(self, topic: str) -> list[int]:
        """The topic's partitions; ConfigError when there is none of that name."""
        client = self._life.client or await self._life.renewed()
        await self._require_topic(client, topic)
        return sorted(await client.partitions_for(topic))

    async def flush(self) -> None:
        """Wait until nothing is on its way."""
        client = await self._ready(())
        with our_errors("flushing"):
            async with asyncio.timeout(self._timeout):
                await client.flush()

    async def hear(self) -> None:
        """Return when the broker has answered; TransientError when it does not in time.

        One that hangs keeps its connections open, and who has nothing to send would not notice.
        """
        client = await self._ready(())
        doing = "asking whether the broker answers"
        with our_errors(doing):
            async with asyncio.timeout(self._timeout):
                if not await client.client.force_metadata_update():
                    raise TransientError(f"{doing}: it does not")

    async def _enqueue_all(
        self, client: AIOKafkaProducer, outs: Sequence[Out], waiting: list[asyncio.Future[Any]]
    ) -> None:
        """`waiting` grows as they are taken, so that after an error none is forgotten."""
        alone, together = apart(outs)
        for out in alone:
            waiting.append(await _enqueue(client, out))  # noqa: PERF401 - see above
        for topic, group in together.items():
            left = group
            while left:
                builder = client.create_batch()
                count = fill(builder, left)
                partition = await self._next_partition(client, topic)
                waiting.append(await client.send_batch(builder, topic, partition=partition))
                left = left[count:]

    async def _next_partition(self, client: AIOKafkaProducer, topic: str) -> int:
        """In turn, so that what has no key is spread evenly."""
        partitions: list[int] = sorted(await client.partitions_for(topic))
        self._turn += 1
        return partitions[self._turn % len(partitions)]

    async def _ready(self, outs: Sequence[Out]) -> AIOKafkaProducer:
        client = self._life.client or await self._life.renewed()
        for out in outs:
            if out.topic not in self._known:
                await self._require_topic(client, out.topic)
        return client

    async def _require_topic(self, client: AIOKafkaProducer, topic: str) -> None:
        try:
            async with asyncio.timeout(min(self._timeout, _TOPIC_APPEARS)):
                await client.partitions_for(topic)
        except FOREIGN as error:
            if await client.client.force_metadata_update():  # the broker answers: there is none
                raise ConfigError(f"no topic {topic}: run {TOPICS_COMMAND}") from error
            raise translate(error, f"looking for topic {topic}") from error
        self._known.add(topic)

    async def _failure(
        self, client: AIOKafkaProducer, error: Exception, outs: Sequence[Out]
    ) -> StoreNotificationsError:
        ours = translate(error, f"writing {len(outs)} records to {_names(outs)}")
        await self._life.failed(client, error, str(ours))
        return ours


async def _enqueue(client: AIOKafkaProducer, out: Out) -> asyncio.Future[Any]:
    future: asyncio.Future[Any] = await client.send(
        out.topic, value=out.value, key=out.key, headers=list(out.headers)
    )
    return future


async def _settled(waiting: list[asyncio.Future[Any]]) -> None:
    if len(waiting) == 1:
        await waiting[0]
        return
    results = await asyncio.gather(*waiting, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


def _names(outs: Sequence[Out]) -> str:
    return ", ".join(sorted({out.topic for out in outs}))
