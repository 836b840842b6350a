"""What is deleted by age: sandbox subscriptions that said nothing for 90 days. Production stays.

Whole subscriptions only, with all of their events: one that lost its first events would be folded
into something that never was. (Notifications, outcomes and attempts have a TTL of 400 days.)
"""

import asyncio
from concurrent.futures import Executor
from datetime import datetime, timedelta

import structlog
from clickhouse_connect.driver.client import Client

from sinks.charts.engine import Engine, our_errors
from streams.contracts.errors import StoreNotificationsError
from streams.observe import clock

SANDBOX_DAYS = 90
_EVERY = timedelta(days=1)
_OLD = """
environment = 'SANDBOX' AND (app_id, sub_key) IN (
  SELECT app_id, sub_key FROM events WHERE environment = 'SANDBOX'
  GROUP BY app_id, sub_key HAVING max(received_at) < {before:DateTime64(3, 'UTC')})
"""
# A rebuild that was under way when they went has them once more, and nothing else knows of them.
_LEFT = """
DELETE FROM subscriptions WHERE environment = 'SANDBOX'
  AND (app_id, sub_key) NOT IN (SELECT app_id, sub_key FROM events WHERE environment = 'SANDBOX')
"""
_log = structlog.get_logger()


def delete_old_sandbox(client: Client, now: datetime) -> None:
    """Events last: what says which are old must be there until the rest is gone."""
    before = now - timedelta(days=SANDBOX_DAYS)
    with our_errors("deleting old sandbox subscriptions"):
        for table in ("subscriptions", "told_events", "events"):
            client.command(f"DELETE FROM {table} WHERE {_OLD}", parameters={"before": before})  # noqa: S608 - names of ours
        client.command(_LEFT)


class Retention:
    """Once a day, in the thread that writes: a subscription never loses what is just being written."""

    def __init__(self, clickhouse: Engine, writing: Executor) -> None:
        self._clickhouse = clickhouse
        self._writing = writing

    async def keep(self) -> None:
        """For ever. A day that fails is made good by the next."""
        while True:
            try:
                await asyncio.get_running_loop().run_in_executor(self._writing, self._delete)
            except StoreNotificationsError as error:
                _log.warning("retention_failed", reason=str(error))
            await asyncio.sleep(_EVERY.total_seconds())

    def _delete(self) -> None:
        client = self._clickhouse.client()
        try:
            delete_old_sandbox(client, clock.now())
        finally:
            client.close()
