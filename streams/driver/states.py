"""The states of an agent: in the changelog first, which is the truth, then in the local copy of it."""

import asyncio
from typing import Protocol

from streams.driver.delivery import Batches, Delivery
from streams.driver.lease import Lease
from streams.driver.store import LocalStore, Row
from streams.observe import clock

Key = tuple[int, bytes]
"""Partition and key: states live where their records do."""


class States(Protocol):
    """Where the states of a table are kept."""

    def get(self, key: Key) -> bytes | None:
        """The state as of the last cycle."""

    async def keep(self, states: dict[Key, bytes | None]) -> None:
        """In the changelog first, then in the local store."""


class NoStates:
    """Of an agent without a table."""

    def get(self, _key: Key) -> bytes | None:
        return None

    async def keep(self, states: dict[Key, bytes | None]) -> None:
        assert not states


class TableStates:
    """The states of a Faust table: changelog topic and local store."""

    def __init__(self, store: LocalStore, changelog: str, delivery: Delivery, lease: Lease) -> None:
        self._store = store
        self._changelog = changelog
        self._delivery = delivery
        self._lease = lease

    def get(self, key: Key) -> bytes | None:
        return self._store.get(*key)

    async def keep(self, states: dict[Key, bytes | None]) -> None:
        """Only while the partitions are surely ours: a stale state must not cover a newer one."""
        await self._lease.hold()
        rows: dict[int, list[Row]] = {}
        for (partition, key), state in states.items():
            rows.setdefault(partition, []).append((key, state))
        offsets = await asyncio.gather(*(self._log(p, rows[p]).deliver() for p in rows))
        now = clock.now()
        for partition, offset in zip(rows, offsets, strict=True):
            self._store.write(partition, rows[partition], offset, now)

    def _log(self, partition: int, rows: list[Row]) -> Batches:
        batches = self._delivery.batches(self._changelog, partition)
        for key, state in rows:
            batches.add(key, state)
        return batches
