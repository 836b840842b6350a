"""Keeps `subscriptions` quick to read: most rows in one part, and sums of that part. Of the time it takes a
twentieth at most; charts say the same without it, later.
"""

import asyncio
from datetime import timedelta

import structlog

from sinks.charts.day_sums import sum_largest
from sinks.charts.engine import Engine
from sinks.charts.merging import Merge, merge
from sinks.charts.writer import SUBSCRIPTIONS
from streams.contracts.errors import StoreNotificationsError
from streams.observe import clock

_EVERY = timedelta(minutes=1)
_RESTS = 19  # times as long as it worked
_log = structlog.get_logger()


class Tidying:
    """From time to time, beside reading and writing."""

    def __init__(self, clickhouse: Engine) -> None:
        self._clickhouse = clickhouse

    async def keep(self) -> None:
        """For ever. What fails is made good by the next time."""
        while True:
            started = clock.monotonic()
            try:
                await asyncio.to_thread(self.once)
            except StoreNotificationsError as error:
                _log.warning("tidying_failed", reason=str(error))
            took = clock.monotonic() - started
            await asyncio.sleep(max(_EVERY.total_seconds(), _RESTS * took))

    def once(self) -> None:
        """Blocking; says in the log what is true afterwards."""
        client = self._clickhouse.client({"async_insert": 0})
        started = clock.monotonic()
        try:
            outcome = merge(client)
            merged = clock.monotonic()
            if outcome is not Merge.NEEDLESS:
                name = "merged" if outcome is Merge.DONE else "merge_left"
                _log.info(name, table=SUBSCRIPTIONS, seconds=round(merged - started, 1))
            if sums := sum_largest(client):
                _log.info("summed", sums=sums, seconds=round(clock.monotonic() - merged, 1))
        finally:
            client.close()
