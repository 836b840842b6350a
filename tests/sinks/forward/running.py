"""The role forward on the real broker, for tests: an app of its own, a group that begins at the end."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from typing import Any
from uuid import uuid4

from sinks.delivery.breaker import BreakerPolicy
from sinks.delivery.plan import Plan
from sinks.delivery.schedule import Schedule
from sinks.forward.plans import read_forward_plan
from sinks.forward.role import TOPICS, forward_role
from streams.contracts.ids import AppId, StoreName
from streams.contracts.raw import RawNotification
from streams.kafka.producer import Producer
from streams.settings.forwards import ForwardSettings
from streams.settings.kafka import KafkaSettings
from tests.sinks.delivery.running import QUICK, begin_at_end, delaying
from tests.sinks.forward.genuine import proved

RECEIPT = "x-store-notifications-receipt"
STORES = ("app_store", "play_store", "stripe")


def plans(url: str, app: str, schedule: Schedule = QUICK, **options: Any) -> tuple[Plan, ...]:  # noqa: ANN401 - any TOML value
    """A forward of each of the app's stores to that address on loopback."""
    local = {"allow_private": True, "allow_insecure": True, **options}
    made = [
        ForwardSettings(app_id=AppId(app), store=StoreName(store), path="f", url=url, options=local)
        for store in STORES
    ]
    patient = BreakerPolicy(failures=1000)
    return tuple(
        replace(read_forward_plan(one), schedule=schedule, breaker=patient) for one in made
    )


@asynccontextmanager
async def forwarding(
    kafka: KafkaSettings, *forwards: Plan, delay: bool = False
) -> AsyncIterator[None]:
    """The role, ended cleanly at the end; with the delay role beside it if asked."""
    group = f"forward-{uuid4().hex[:12]}"
    await begin_at_end(kafka, group, TOPICS)
    stop = asyncio.Event()
    async with delaying(kafka) if delay else nullcontext():
        running = asyncio.create_task(forward_role(kafka, forwards, group=group).run(stop))
        try:
            yield
        finally:
            stop.set()
            await running


async def publish(kafka: KafkaSettings, app: str, posted: Sequence[RawNotification]) -> int:
    """What verify makes of them in a project that forwards; how many it let through."""
    outs = [out for raw in posted for out in proved(raw, app)]
    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all(outs)
    return len(outs)
