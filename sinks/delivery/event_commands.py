"""python -m sinks test-event and schema: what a receiver gets, seen before anything happens."""

import asyncio
import sys
from collections.abc import Iterator

import click

from sinks.delivery.attempts import Timing, snippet
from sinks.delivery.client import Client
from sinks.delivery.delivery import Delivery, OpenRecord
from sinks.delivery.ending import Tried
from sinks.delivery.plan import Plan
from sinks.delivery.running import configured, run
from sinks.delivery.sample import sample_event
from sinks.delivery.sender import Sender
from sinks.destinations.base import VerdictKind
from sinks.destinations.schema import schema_text
from streams.contracts.codec import encode
from streams.contracts.event import Event
from streams.contracts.step import Record
from streams.contracts.topics import EVENTS
from streams.observe import clock

_NOT_DELIVERED = 1


@click.command("test-event")
@click.argument("destination")
def test_event(destination: str) -> None:
    """Send a TEST event to DESTINATION now, and print what it answers.

    One attempt from this process, signed and guarded like any other, whether or not the destination
    is paused; it goes through no topic, is not retried and not logged. The exit code is 0 when the
    answer means delivered.
    """
    given = configured("test-event")
    plan = given.plan(destination)
    if plan in given.forwards:
        raise click.UsageError(
            f"{destination} takes what a store sent: let the store send its test"
        )
    event = sample_event(plan, given.project, clock.now())
    if not plan.destination.tells(event):
        raise click.UsageError(
            f"{destination} says nothing of a TEST in {event.environment}: give it a name"
            " (event_names.test) and that environment's credential, or set `environment`"
        )
    tried = run(_attempt(plan, event))
    for line in _told(plan, event, tried):
        click.echo(line)
    if tried.verdict.kind is not VerdictKind.DELIVERED:
        sys.exit(_NOT_DELIVERED)


@click.command()
def schema() -> None:
    """Print the JSON Schema of a webhook's body (sinks/destinations/webhook.schema.json)."""
    click.echo(schema_text(), nl=False)


async def _attempt(plan: Plan, event: Event) -> Tried:
    record = Record(topic=EVENTS, partition=0, offset=0, key=None, value=encode(event))
    delivery = Delivery(
        event=event,
        destination=plan.name,
        first_at=event.received_at,
        open=OpenRecord(record, read_at=asyncio.get_running_loop().time()),
    )
    async with Client() as client:
        return await Sender(client).attempt(plan, delivery)


def _told(plan: Plan, event: Event, tried: Tried) -> Iterator[str]:
    response, verdict = tried.response, tried.verdict
    yield f"TEST {event.id} to {plan.name}: {verdict.kind}" + _reason(verdict.reason)
    if tried.detail:
        yield tried.detail
    if response is not None:
        yield f"HTTP {response.status}"
    yield _split(tried.timing)
    if response is not None and response.body:
        yield snippet(response.body, plan.destination.secrets)


def _reason(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _split(timing: Timing) -> str:
    parts = {
        "DNS": timing.dns_ms,
        "connect": timing.connect_ms,
        "TLS": timing.tls_ms,
        "first byte": timing.first_byte_ms,
        "total": timing.total_ms,
    }
    return ", ".join(f"{name} {took:.1f} ms" for name, took in parts.items() if took is not None)
