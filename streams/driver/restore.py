"""After each rebalance: bring the local states up to their changelog, then begin to read.

In place of Faust's recovery, which costs a task a record, can wait for ever when a step is slow,
and lets records through before their states are there. One task an assignment, cancelled when the
partitions are asked back; any error ends the process.
"""

import asyncio
from collections.abc import Collection
from typing import Any

import structlog
from faust.types import TP
from mode import Service

from streams.contracts.errors import ConfigError
from streams.driver.client import Bounds, Client
from streams.driver.ending import end_process
from streams.driver.positions import Place
from streams.driver.quiet import FAUST_LOG
from streams.driver.store import LocalStore
from streams.observe import clock, metrics

_log = structlog.get_logger(__name__)
_BROKER_TIMEOUT = 90.0  # seconds for any one answer
_POLL = 0.5
_MOST = 5_000  # records at once


class Restore(Service):  # type: ignore[misc] # faust is untyped
    """What Faust's table manager knows as its recovery. `ready`: records are being read."""

    logger = FAUST_LOG

    def __init__(self, app: Any, **kwargs: object) -> None:  # noqa: ANN401 - a Faust app
        super().__init__(**kwargs)
        self.app = app
        self.completed = asyncio.Event()  # waited for by Faust's start
        self.ready = False
        self._task: asyncio.Task[None] | None = None

    def on_partitions_revoked(self, _revoked: set[TP]) -> None:
        """They may come back to us, as another assignment."""
        self.app.consumer.progressed()  # before the watchdog sees that partitions move
        self.ready = False
        if self._task is not None:
            self._task.cancel()

    async def on_rebalance(
        self,
        assigned: set[TP],
        _revoked: set[TP],
        _newly_assigned: set[TP],
        _generation_id: int = 0,
    ) -> None:
        """Called with the coordinator waiting, so the work goes on by itself."""
        self._task = asyncio.create_task(self._take_up(frozenset(assigned)))
        self._task.add_done_callback(_end_on_error)

    async def on_stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _take_up(self, assigned: frozenset[TP]) -> None:
        begun = clock.monotonic()
        self.app.in_recovery = True
        bounds = await self._bounds(assigned)
        changelogs = {tp for tp in assigned if tp.topic in self.app.tables.changelog_topics}
        restored = await self._restore(changelogs, bounds) if changelogs else 0
        starts = {tp: self._start(tp, bounds[tp]) for tp in assigned - changelogs}
        self.app.in_recovery = False
        await self._begin(starts, new={tp for tp in starts if bounds[tp].committed is None})
        _log.info(
            "partitions_taken_up",
            starts={f"{tp.topic}:{tp.partition}": at for tp, at in sorted(starts.items())},
            restored=restored,
            seconds=round(clock.monotonic() - begun, 3),
        )

    async def _begin(self, starts: dict[TP, int], *, new: set[TP]) -> None:
        app = self.app
        app.flow_control.resume()
        app.on_rebalance_end()
        app.consumer.begin(starts, new)
        app.consumer.progressed()
        app.tables.on_actives_ready()
        app.tables.on_standbys_ready()
        self.ready = True
        self.completed.set()
        metrics.count("driver_rebalances")
        await app._fetcher.maybe_start()  # noqa: SLF001 - Faust's recovery starts it so

    def _start(self, tp: TP, bounds: Bounds) -> int:
        """The committed offset; a group's first start reads all that is there."""
        at = bounds.beginning if bounds.committed is None else bounds.committed
        if not bounds.beginning <= at <= bounds.end:
            group = self.app.conf.id
            raise ConfigError(
                f"{tp.topic}:{tp.partition} holds offsets {bounds.beginning} to {bounds.end}, group"
                f" {group} committed {at}: records were deleted unread, or the topic was made anew;"
                f" `python -m streams skip {group}` notes the gap and goes on behind it"
            )
        return at

    # -- the local states ------------------------------------------------------------------------

    async def _restore(self, places: set[TP], bounds: dict[Place, Bounds]) -> int:
        """Read the changelogs' news into the local stores; gives how many records."""
        stores = {topic: LocalStore(t.data) for topic, t in self.app.tables._changelogs.items()}  # noqa: SLF001 - keyed by topic
        ends = {tp: bounds[tp].end for tp in places}
        self._seek(places, stores, bounds)
        restored = 0
        while behind := await self._behind(ends):
            restored += await self._read(behind, stores)
            self.app.consumer.progressed()
        self._client.pause(places)
        metrics.count("driver_restored", restored)
        return restored

    def _seek(
        self, places: set[TP], stores: dict[str, LocalStore], bounds: dict[Place, Bounds]
    ) -> None:
        offsets = {}
        for tp in places:
            kept, found = (
                stores[tp.topic].offset(tp.partition, clock.now()),
                bounds[tp],
            )
            if kept >= found.end:
                raise ConfigError(
                    f"the local states of {tp.topic}:{tp.partition} are ahead of it ({kept} of"
                    f" {found.end}): the topic was made anew; remove {self.app.conf.datadir}"
                )
            offsets[tp] = max(kept + 1, found.beginning)
        self._client.restart(offsets)

    async def _behind(self, ends: dict[TP, int]) -> set[TP]:
        async with asyncio.timeout(_BROKER_TIMEOUT):
            positions = await self._client.positions(ends)
        return {tp for tp, end in ends.items() if positions[tp] < end}

    async def _read(self, places: set[TP], stores: dict[str, LocalStore]) -> int:
        async with asyncio.timeout(_BROKER_TIMEOUT):
            _, batches = await self._client.fetch(places, _POLL, _MOST)
        for tp, batch in batches.items():
            rows = ((record.key, record.value) for record in batch)
            stores[tp.topic].write(tp.partition, rows, batch[-1].offset, clock.now())
        return sum(map(len, batches.values()))

    async def _bounds(self, places: Collection[TP]) -> dict[Place, Bounds]:
        async with asyncio.timeout(_BROKER_TIMEOUT):
            found: dict[Place, Bounds] = await self._client.bounds(places)
        return found

    @property
    def _client(self) -> Client:
        client: Client = self.app.consumer.client
        return client


def _end_on_error(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        end_process("partitions could not be taken up", error)
