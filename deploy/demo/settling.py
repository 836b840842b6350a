"""Waiting until everything that was posted has come out at the other end: outcomes, events, webhooks."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from deploy.demo.service import Service

_EVERY = 0.5  # seconds between two looks
_PATIENCE = 30.0  # seconds without any movement
_LOOK = """\
SELECT
  (SELECT uniqExact(receipt_id) FROM outcomes WHERE origin = 'notification') AS outcomes,
  (SELECT uniqExact(purchase_key) FROM outcomes WHERE kind = 'tracked') AS tracked,
  (SELECT uniqExact(event_id) FROM events) AS events
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Notifications with an outcome, purchases tracked, events in ClickHouse and at the receiver."""

    outcomes: int
    tracked: int
    events: int
    webhooks: int

    def reach(self, wanted: "Counts") -> bool:
        return all(getattr(self, name) >= getattr(wanted, name) for name in self.__slots__)

    def missing(self, wanted: "Counts") -> str:
        """What is not there yet, for a person; "" when nothing is."""
        names = {
            "outcomes": "notifications are without an outcome",
            "tracked": "purchases are not tracked",
            "events": "events are not in ClickHouse",
            "webhooks": "webhooks have not arrived",
        }
        lacking = {name: getattr(wanted, name) - getattr(self, name) for name in names}
        return ", ".join(f"{n} {names[name]}" for name, n in lacking.items() if n > 0)


async def look(service: Service) -> Counts:
    row = (await service.query(_LOOK))[0]
    received = await service.received()
    return Counts(
        outcomes=row["outcomes"],
        tracked=row["tracked"],
        events=row["events"],
        webhooks=received["events"],
    )


async def settle(service: Service, wanted: Counts, told: Callable[[str], None]) -> Counts:
    """The counts when all that is wanted is there, or when nothing has moved for a while."""
    counts, moved_at = await look(service), time.monotonic()
    while not counts.reach(wanted) and time.monotonic() - moved_at < _PATIENCE:
        told(counts.missing(wanted))
        await asyncio.sleep(_EVERY)
        before, counts = counts, await look(service)
        if counts != before:
            moved_at = time.monotonic()
    return counts
