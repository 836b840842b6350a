"""What end-to-end tests read at the other end: events of a purchase, a store's label, an idle pipeline."""

import asyncio
import time
from collections import Counter
from datetime import datetime

from deploy.demo.service import Answer, Service
from deploy.local.site import HOST, Site
from streams.kafka.lag import group_lags
from streams.settings.kafka import KafkaSettings

_EVENTS = """\
SELECT toString(event_id) AS id, type, origin, count() AS rows FROM events FINAL
WHERE splitByChar('/', purchase_key)[-1] IN ({ids}) GROUP BY event_id, type, origin
"""
_WAITS = "delay"  # whose records are not due
_EVERY, _PATIENCE = 0.2, 60.0  # seconds


async def events_of(service: Service, *ids: str) -> list[Answer]:
    """Of the purchases with these ids: `id`, `type`, `origin`, each once (asserted)."""
    named = ", ".join(f"'{name}'" for name in ids)
    rows = await service.query(_EVENTS.format(ids=named))
    assert {row["rows"] for row in rows} <= {1}
    return rows


async def until_told(service: Service, wanted: Counter[str], *ids: str) -> list[Answer]:
    """Their events, once there are as many of each type as are wanted."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        rows = await events_of(service, *ids)
        told = Counter(str(row["type"]) for row in rows)
        if told >= wanted:
            return rows
        assert time.monotonic() < deadline, f"{wanted - told} did not come: {told}"
        await asyncio.sleep(_EVERY)


async def label_of(service: Service, app_id: str, store: str) -> datetime | None:
    """When the store was last received."""
    told = await service.get(f"{service.addresses.charts}/v1/last-received")
    apps = {app["app_id"]: app for app in told["apps"]}
    stores = {one["store"]: one for one in apps[app_id]["stores"]}
    said = stores[store]["last_received_at"]
    return datetime.fromisoformat(said) if said else None


async def until_idle(site: Site) -> None:
    """Every group has done all that was written, seen twice in a row: outputs are inputs of others."""
    kafka = KafkaSettings(bootstrap=f"{HOST}:{site.ports.kafka}")
    deadline = time.monotonic() + _PATIENCE
    times = 0
    while times < 2:
        lags = [one for one in await group_lags(kafka) if one.records and one.group != _WAITS]
        times = 0 if lags else times + 1
        assert time.monotonic() < deadline, lags
        await asyncio.sleep(_EVERY)
