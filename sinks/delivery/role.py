"""The deliver role, put together: Kafka, lanes, client, control, health; one process of many alike.

More processes share the partitions of `events` and `deliveries.retries`; lanes, breakers and pace
are each process's own.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import structlog

from sinks.delivery.client import Client
from sinks.delivery.lanes import Attempting
from sinks.delivery.outbox import Outbox
from sinks.delivery.plan import Plan
from sinks.delivery.pulse import pulse
from sinks.delivery.resolver import LookUp, system_look_up
from sinks.delivery.schedule import RETRIES, Schedule
from sinks.delivery.sender import Sender
from sinks.delivery.standing import Standing
from sinks.delivery.worker import Opening, Worker
from streams.contracts.topics import (
    ATTEMPTS,
    CONTROL,
    DELAYS,
    DELIVERIES,
    DELIVERIES_DEAD,
    EVENTS,
    LANES,
)
from streams.kafka.consumer import Consumer
from streams.kafka.follower import Follower
from streams.kafka.producer import Producer
from streams.observe.health import serve_health
from streams.settings.environment import Settings
from streams.settings.kafka import KafkaSettings

GROUP = "deliver"
_WRITTEN = (ATTEMPTS, DELIVERIES_DEAD, CONTROL, LANES, *DELAYS)
_log = structlog.get_logger()


def _as_it_is(attempt: Attempting) -> Attempting:
    return attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """`schedule`: for retries whose destination is not known; each plan has its own.

    `topics`, `opening` and `attempting` are deliver's; the role forward gives its own.
    """

    kafka: KafkaSettings
    plans: Sequence[Plan]
    slot: str = "0"
    group: str = GROUP
    topics: tuple[str, ...] = (EVENTS, DELIVERIES)
    opening: Opening | None = None
    attempting: Callable[[Attempting], Attempting] = _as_it_is
    schedule: Schedule = RETRIES
    look_up: LookUp = system_look_up
    host: str = "127.0.0.1"
    health_port: int = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop`; what is under way then may end, what waits is read again."""
        _warn(self.plans)
        standing = Standing()
        follower = Follower(self.kafka, CONTROL, standing.on_record)
        await follower.start()
        async with AsyncExitStack() as stack:
            stack.push_async_callback(follower.stop)
            producer = await stack.enter_async_context(Producer(self.kafka, client_id=self._name))
            for topic in _WRITTEN:  # looked for now: under load the broker's word takes long
                await producer.partitions(topic)
            client = await stack.enter_async_context(Client(look_up=self.look_up))
            outbox = Outbox(producer)
            consumer = self._consumer(lambda: worker.forget())  # noqa: PLW0108 - it is made below
            worker = Worker(
                self.plans,
                reading=consumer,
                outbox=outbox,
                attempt=self.attempting(Sender(client).attempt),
                standing=standing,
                process=self._name,
                schedule=self.schedule,
                opening=self.opening,
            )
            await stack.enter_async_context(consumer)
            health = pulse(follower, consumer, outbox, self._longest)
            await stack.enter_async_context(serve_health(self.host, self.health_port, health))
            _log.info("delivering", destinations=[plan.name for plan in self.plans])
            await worker.run(stop)

    @property
    def _name(self) -> str:
        return f"{self.group}-{self.slot}"

    @property
    def _longest(self) -> float:
        """Seconds after which a record is done, whatever its destinations do."""
        return max((plan.hold.total_seconds() for plan in self.plans), default=0.0)

    def _consumer(self, on_revoked: Callable[[], None]) -> Consumer:
        return Consumer(
            self.kafka,
            group=self.group,
            topics=self.topics,
            instance=self._name,
            client_id=self._name,
            on_revoked=on_revoked,
        )


def from_settings(settings: Settings, plans: Sequence[Plan]) -> Role:
    return Role(
        kafka=settings.kafka,
        plans=plans,
        slot=settings.slot,
        host=settings.host,
        health_port=settings.health_port,
    )


def _warn(plans: Sequence[Plan]) -> None:
    """Said loudly at every start: these are for development."""
    for plan in plans:
        if plan.allow_private:
            _log.warning(
                "egress_guard_off",
                destination=plan.name,
                setting=f"{plan.path or plan.name}.allow_private",
                meaning="requests of this destination may reach private addresses",
            )
