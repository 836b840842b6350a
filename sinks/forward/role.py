"""The role forward: deliver's worker, lanes and client, with its own topics and its own group.

It reads what verify wrote, long after the store has its 200: nothing that a receiver does, and no
crash here, touches that path.
"""

from collections.abc import Sequence
from dataclasses import replace

import structlog
from msgspec import structs

from sinks.delivery.delivery import Delivery
from sinks.delivery.ending import Tried
from sinks.delivery.lanes import Attempting
from sinks.delivery.plan import Plan
from sinks.delivery.role import Role
from sinks.forward.notification import Forwarded, open_record
from streams.contracts.topics import FORWARDS, GENUINE
from streams.settings.environment import Settings
from streams.settings.kafka import KafkaSettings

GROUP = "forward"
TOPICS = (GENUINE, FORWARDS)
_log = structlog.get_logger()


class Forwarding:
    """Attempts, and says of each whose signature its receiver may find too old."""

    def __init__(self, attempt: Attempting) -> None:
        self._attempt = attempt

    async def __call__(self, plan: Plan, delivery: Delivery, *, shadow: bool = False) -> Tried:
        tried = await self._attempt(plan, delivery, shadow=shadow)
        told = delivery.event
        age = told.past_tolerance(tried.started_at) if isinstance(told, Forwarded) else None
        if age is None:
            return tried
        seconds = round(age.total_seconds())
        _log.warning(
            "forwarded_past_signature_tolerance",
            destination=plan.name,
            receipt_id=told.id,
            store=told.store,
            seconds=seconds,
            meaning="the receiver may refuse the store's signature as too old",
        )
        late = f"sent {seconds} s after it was received: past the tolerance of {told.store}'s signature"
        return structs.replace(tried, detail="; ".join(filter(None, (tried.detail, late))))


def forward_role(
    kafka: KafkaSettings, plans: Sequence[Plan], *, group: str = GROUP, slot: str = "0"
) -> Role:
    return Role(
        kafka=kafka,
        plans=plans,
        slot=slot,
        group=group,
        topics=TOPICS,
        opening=open_record,
        attempting=Forwarding,
    )


def from_settings(settings: Settings, plans: Sequence[Plan]) -> Role:
    role = forward_role(settings.kafka, plans, slot=settings.slot)
    return replace(role, host=settings.host, health_port=settings.health_port)
