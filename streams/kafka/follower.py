"""Follows a compacted topic: reads it wholly, then goes on in the background.

What it has read is always a prefix of the topic; `caught_up` is the bridge to "now". A failure in
the background is raised by the next `caught_up` and told by `problem`: it never goes on past it.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.contracts.step import Record
from streams.kafka.connection import client_options
from streams.kafka.ending import end
from streams.kafka.errors import our_errors
from streams.kafka.outage import pause_failed_updates
from streams.kafka.records import FETCH, as_record
from streams.settings.kafka import KafkaSettings

_AT_ONCE = 1000  # records between two looks at the rest of the process
_WAIT_MS = 1000
_CATCH_UP = timedelta(seconds=10)
_log = structlog.get_logger()


class Follower:
    """`on_record` gets every record in order, tombstones too (their value is b""). No group, no commits.

    `since`: of a topic that is not compacted only what was written from then on.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        topic: str,
        on_record: Callable[[Record], None],
        *,
        since: datetime | None = None,
    ) -> None:
        self._topic = topic
        self._since = since
        self._on_record = on_record
        self._at: dict[TopicPartition, int] = {}
        self._moved = asyncio.Condition()
        self._following: asyncio.Task[None] | None = None
        self._client = AIOKafkaConsumer(
            topic,
            **client_options(kafka),
            client_id=f"follow-{topic}",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=FETCH,
        )
        # The broker answers a connection's requests in order, and a fetch that waits for records
        # holds up what is behind it: the topic's end is asked for on another connection.
        self._asker = AIOKafkaConsumer(
            **client_options(kafka),
            client_id=f"ends-{topic}",
            group_id=None,
            enable_auto_commit=False,
        )
        for client in (self._client, self._asker):
            pause_failed_updates(client._client)  # noqa: SLF001 - no public way to it

    async def start(self) -> None:
        """Return when all that the topic held at the start has been given to `on_record`."""
        try:
            with our_errors(f"following {self._topic}"):
                await self._client.start()
                await self._asker.start()
                await self._skip_older()
                await self._read_up_to(await self._ends())
        except BaseException:
            await self.stop()
            raise
        self._following = asyncio.create_task(self._follow())

    async def _skip_older(self) -> None:
        if self._since is None:
            return
        since_ms = round(self._since.timestamp() * 1000)
        parts = self._client.assignment()
        found = await self._client.offsets_for_times(dict.fromkeys(parts, since_ms))
        ends = await self._ends()
        for tp, at in found.items():
            self._client.seek(tp, ends[tp] if at is None else at.offset)

    async def caught_up(self, patience: timedelta = _CATCH_UP) -> None:
        """Return when all that the topic holds now was given; TransientError after `patience`."""
        with our_errors(f"catching up with {self._topic}"):
            async with asyncio.timeout(patience.total_seconds()):
                await self._wait_for(await self._ends())
        if self._following is not None and self._following.done():
            self._following.result()

    def problem(self) -> str | None:
        """Why it follows no longer, for health checks; None while it does."""
        if self._following is None:
            return f"{self._topic} is not read yet"
        return f"{self._topic} is not followed any more" if self._ended() else None

    async def stop(self) -> None:
        """End it; harmless when it never started."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])
        await end(self._client)
        await end(self._asker)

    async def _follow(self) -> None:
        try:
            with our_errors(f"following {self._topic}"):
                await self._read_up_to(None)
        except Exception as error:
            _log.error("follower_ended", topic=self._topic, reason=str(error))
            raise
        finally:
            async with self._moved:
                self._moved.notify_all()

    async def _read_up_to(self, ends: dict[TopicPartition, int] | None) -> None:
        """None: for ever."""
        while ends is None or not self._reached(ends):
            await self._advance()

    async def _wait_for(self, ends: dict[TopicPartition, int]) -> None:
        async with self._moved:
            await self._moved.wait_for(lambda: self._ended() or self._reached(ends))

    async def _advance(self) -> None:
        found = await self._client.getmany(timeout_ms=_WAIT_MS, max_records=_AT_ONCE)
        for batch in found.values():
            for one in batch:
                self._on_record(as_record(one))
        for tp in self._client.assignment():
            self._at[tp] = await self._client.position(tp)
        async with self._moved:
            self._moved.notify_all()
        await asyncio.sleep(0)  # getmany does not yield while it has records

    async def _ends(self) -> dict[TopicPartition, int]:
        ends: dict[TopicPartition, int] = await self._asker.end_offsets(
            list(self._client.assignment())
        )
        return ends

    def _reached(self, ends: dict[TopicPartition, int]) -> bool:
        return all(self._at.get(tp, 0) >= end for tp, end in ends.items())

    def _ended(self) -> bool:
        return self._following is not None and self._following.done()
