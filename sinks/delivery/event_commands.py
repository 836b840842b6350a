"""python -m sinks test-event and schema: what a receiver gets, seen before anything happens."""

import sys

import click

from sinks.delivery.running import configured, run
from sinks.delivery.try_out import NothingToSendError, TriedOut, try_out
from sinks.destinations.schema import schema_text

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

    async def attempt() -> TriedOut:
        try:
            return await try_out(plan, given.project)
        except NothingToSendError as error:
            raise click.UsageError(str(error)) from error

    tried = run(attempt())
    for line in tried.lines():
        click.echo(line)
    if not tried.is_delivered:
        sys.exit(_NOT_DELIVERED)


@click.command()
def schema() -> None:
    """Print the JSON Schema of a webhook's body (sinks/destinations/webhook.schema.json)."""
    click.echo(schema_text(), nl=False)
