"""Reads what a topic holds, from a moment up to now, and ends: for commands that search it.

No group and no commits, so nobody else's place moves.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.contracts.errors import TransientError
from streams.contracts.step import Record
from streams.kafka.connection import client_options
from streams.kafka.delay_steps import unix_ms
from streams.kafka.ending import end
from streams.kafka.errors import our_errors
from streams.kafka.records import FETCH, as_record, ms
from streams.observe import clock
from streams.settings.kafka import KafkaSettings

_WAIT = timedelta(seconds=1)
_START = 15.0  # seconds: a topic that is not there is waited for too
_PATIENCE = 30.0  # seconds without any record before the end
_AT_ONCE = 1000


class History:
    """`since`: by the broker's clock; None: all that it still holds. `total`: how many records."""

    def __init__(self, kafka: KafkaSettings, topic: str, *, since: datetime | None = None) -> None:
        self._topic = topic
        self._since = since
        self._ends: dict[TopicPartition, int] = {}
        self._starts: dict[TopicPartition, int] = {}
        self._client = AIOKafkaConsumer(
            topic,
            **client_options(kafka),
            client_id=f"history-{topic}",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=FETCH,
        )

    async def __aenter__(self) -> Self:
        try:
            with our_errors(f"reading {self._topic}"):
                async with asyncio.timeout(_START):
                    await self._client.start()
                await self._place()
        except BaseException:
            await end(self._client)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await end(self._client)

    @property
    def total(self) -> int:
        return sum(max(0, self._ends[tp] - self._starts[tp]) for tp in self._ends)

    async def batches(self) -> AsyncIterator[list[Record]]:
        """All of it once, in each partition's order. TransientError when the broker falls silent."""
        heard_at = clock.monotonic()
        with our_errors(f"reading {self._topic}"):
            while await self._is_more():
                found = await self._client.getmany(timeout_ms=ms(_WAIT), max_records=_AT_ONCE)
                records = [
                    as_record(one)
                    for tp, batch in found.items()
                    for one in batch
                    if one.offset < self._ends[tp]
                ]
                if records:
                    heard_at = clock.monotonic()
                    yield records
                elif clock.monotonic() - heard_at > _PATIENCE:
                    raise TransientError(f"{self._topic}: the broker sends nothing more")

    async def _place(self) -> None:
        tps = list(self._client.assignment())
        self._ends = await self._client.end_offsets(tps)
        self._starts = await self._client.beginning_offsets(tps) | await self._first_since(tps)
        for tp, offset in self._starts.items():
            self._client.seek(tp, offset)

    async def _first_since(self, tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        if self._since is None:
            return {}
        moment = unix_ms(self._since)
        found = await self._client.offsets_for_times(dict.fromkeys(tps, moment))
        return {tp: one.offset if one else self._ends[tp] for tp, one in found.items()}

    async def _is_more(self) -> bool:
        at = {tp: await self._client.position(tp) for tp in self._ends}
        done = [tp for tp in self._ends if at[tp] >= self._ends[tp]]
        self._client.pause(*done)
        return len(done) < len(self._ends)
