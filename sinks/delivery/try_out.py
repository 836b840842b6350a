"""Sends a TEST event to one destination now, for the command and for the console.

One attempt from this process, signed and guarded like any other, whether or not the destination is
paused; it goes through no topic, is not retried and not logged.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from sinks.delivery.attempts import Timing, snippet
from sinks.delivery.client import Client
from sinks.delivery.delivery import Delivery, OpenRecord
from sinks.delivery.ending import Tried
from sinks.delivery.plan import Plan
from sinks.delivery.sample import sample_event
from sinks.delivery.sender import Sender
from sinks.destinations.base import VerdictKind
from sinks.forward.plans import TYPE as FORWARD
from streams.contracts.codec import encode
from streams.contracts.errors import StoreNotificationsError
from streams.contracts.event import Event
from streams.contracts.project import Project
from streams.contracts.step import Record
from streams.contracts.topics import EVENTS
from streams.observe import clock


class NothingToSendError(StoreNotificationsError):
    """Nothing would be sent there: the text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedOut:
    """How the one attempt went."""

    plan: Plan
    event: Event
    tried: Tried

    @property
    def is_delivered(self) -> bool:
        return self.tried.verdict.kind is VerdictKind.DELIVERED

    def lines(self) -> Iterator[str]:
        """For people: the verdict, the answer's status, the timing, the answer without secrets."""
        response, verdict = self.tried.response, self.tried.verdict
        reason = f" ({verdict.reason})" if verdict.reason else ""
        yield f"TEST {self.event.id} to {self.plan.name}: {verdict.kind}{reason}"
        if self.tried.detail:
            yield self.tried.detail
        if response is not None:
            yield f"HTTP {response.status}"
        yield _split(self.tried.timing)
        if response is not None and response.body:
            destination = self.plan.destination
            yield snippet(response.body, destination.secrets, destination.url)


async def try_out(plan: Plan, project: Project) -> TriedOut:
    """Raise NothingToSendError when nothing would be sent; whatever the receiver does is a value."""
    event = _sample(plan, project)
    record = Record(topic=EVENTS, partition=0, offset=0, key=None, value=encode(event))
    delivery = Delivery(
        event=event,
        destination=plan.name,
        first_at=event.received_at,
        open=OpenRecord(record, read_at=asyncio.get_running_loop().time()),
    )
    async with Client() as client:
        return TriedOut(plan=plan, event=event, tried=await Sender(client).attempt(plan, delivery))


def _sample(plan: Plan, project: Project) -> Event:
    if plan.type == FORWARD:
        raise NothingToSendError(
            f"{plan.name} takes what a store sent: let the store send its test"
        )
    event = sample_event(plan, project, clock.now())
    if not plan.destination.tells(event):
        raise NothingToSendError(
            f"{plan.name} says nothing of a TEST in {event.environment}: give it a name"
            " (event_names.test) and that environment's credential, or set `environment`"
        )
    return event


def _split(timing: Timing) -> str:
    parts = {
        "DNS": timing.dns_ms,
        "connect": timing.connect_ms,
        "TLS": timing.tls_ms,
        "first byte": timing.first_byte_ms,
        "total": timing.total_ms,
    }
    return ", ".join(f"{name} {took:.1f} ms" for name, took in parts.items() if took is not None)
