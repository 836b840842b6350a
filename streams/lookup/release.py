"""Releases the pointers of a store at once when its credentials were added (topic `control`).

`credentials_added` is answered by `credentials_released` under a key of its own, so that a restart
releases again only what was not. Released twice is harmless: an answer has an id of its own.
"""

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from dataclasses import dataclass

import structlog
from aiokafka import AIOKafkaConsumer

from streams.contracts import topics
from streams.contracts.codec import decode, encode
from streams.contracts.errors import MalformedError
from streams.contracts.ids import AppId, StoreName
from streams.contracts.purchase import Pointer
from streams.contracts.step import Out, Record
from streams.kafka.connection import client_options
from streams.kafka.errors import our_errors
from streams.kafka.producer import Producer
from streams.kafka.records import FETCH, as_record
from streams.lookup.pointers import released
from streams.observe import clock, metrics
from streams.settings.kafka import KafkaSettings

ADDED = "credentials_added"
RELEASED = "credentials_released"
_AT_ONCE = 500
_WAIT_MS = 500
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A record of `control`. `offset`: of the `credentials_added` that a release answers."""

    kind: str
    app_id: AppId
    store: StoreName
    offset: int = -1


class Releases:
    """What `control` asks for and was not done yet; `on_record` takes what it holds."""

    def __init__(self) -> None:
        self._added: dict[tuple[AppId, StoreName], int] = {}
        self._done: dict[tuple[AppId, StoreName], int] = {}
        self.news = asyncio.Event()

    def on_record(self, record: Record) -> None:
        """A record of `control`; those of other parts are none of ours."""
        key = (record.key or b"").decode("utf-8", "replace")
        if not key.startswith((f"{ADDED}/", f"{RELEASED}/")):
            return
        if not record.value:
            self._forget(key)
            return
        try:
            said = decode(record.value, Credentials)
        except MalformedError as error:
            _log.error("control_unreadable", key=key, error=str(error))
            return
        whose = (said.app_id, said.store)
        if said.kind == ADDED:
            self._added[whose] = record.offset
            self.news.set()
        elif said.kind == RELEASED:
            self.finished(whose, said.offset)

    def _forget(self, key: str) -> None:
        """The credentials were taken away; when they come again, all is released again."""
        kind, app_id, store = key.split("/", 2)
        if kind == ADDED:
            self._added.pop((AppId(app_id), StoreName(store)), None)

    def news_of(self, has: Collection[tuple[AppId, StoreName]]) -> tuple[Out, ...]:
        """What `control` must be told when a process starts with these credentials."""
        added_now = (added(*whose) for whose in sorted(set(has) - self._added.keys()))
        gone = (removed(*whose) for whose in sorted(self._added.keys() - set(has)))
        return (*added_now, *gone)

    def due(self) -> dict[tuple[AppId, StoreName], int]:
        """Whose pointers are to be released, and by which record of `control`."""
        return {
            whose: offset
            for whose, offset in self._added.items()
            if self._done.get(whose, -1) < offset
        }

    def finished(self, whose: tuple[AppId, StoreName], offset: int) -> None:
        self._done[whose] = max(offset, self._done.get(whose, -1))


async def release(
    kafka: KafkaSettings, producer: Producer, whose: tuple[AppId, StoreName], offset: int
) -> int:
    """Write each waiting pointer of an app's store again, then that it was done. How many."""
    count = 0
    async with aclosing(_whole_topic(kafka)) as batches:
        async for batch in batches:
            outs = [out for record in batch for out in _of(record, whose)]
            count += len(outs)
            await producer.send_all(outs)
    app_id, store = whose
    done = Credentials(kind=RELEASED, app_id=app_id, store=store, offset=offset)
    key = f"{RELEASED}/{app_id}/{store}".encode()
    await producer.send(Out(topic=topics.CONTROL, key=key, value=encode(done)))
    metrics.count("pointers_released", count, store=store)
    _log.info("pointers_released", app_id=app_id, store=store, count=count)
    return count


def added(app_id: AppId, store: StoreName) -> Out:
    """What tells every lookup that an app's store can be asked from now on."""
    record = Credentials(kind=ADDED, app_id=app_id, store=store)
    key = f"{ADDED}/{app_id}/{store}".encode()
    return Out(topic=topics.CONTROL, key=key, value=encode(record))


def removed(app_id: AppId, store: StoreName) -> Out:
    """What tells them that it can be asked no more."""
    return Out(topic=topics.CONTROL, key=f"{ADDED}/{app_id}/{store}".encode(), value=None)


async def _whole_topic(kafka: KafkaSettings) -> AsyncGenerator[list[Record], None]:
    """All that the topic holds as this begins: what is released itself comes after that."""
    reader = AIOKafkaConsumer(
        topics.POINTERS,
        **client_options(kafka),
        client_id="lookup-release",
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH,
    )
    with our_errors(f"reading all of {topics.POINTERS}"):
        try:
            await reader.start()
            left = await reader.end_offsets(list(reader.assignment()))
            while any([await reader.position(tp) < end for tp, end in left.items()]):
                found = await reader.getmany(timeout_ms=_WAIT_MS, max_records=_AT_ONCE)
                yield [
                    as_record(one)
                    for tp, batch in found.items()
                    for one in batch
                    if one.offset < left[tp]
                ]
        finally:
            await reader.stop()


def _of(record: Record, whose: tuple[AppId, StoreName]) -> tuple[Out, ...]:
    try:
        pointer = decode(record.value, Pointer)
    except MalformedError:
        return ()  # a dead letter already, by the consumer of the topic
    if (pointer.app_id, pointer.store) != whose:
        return ()
    return released(record, pointer, clock.now())
