"""After the fix of a defect: what it stopped goes through its role once more."""

import asyncio
from datetime import datetime

import click

from streams.commands.running import errors_told, settings_for
from streams.kafka.defects import replay_defects
from streams.settings.days import from_day


@click.command()
@from_day("since", "Only what met a defect")
@click.option("--dry-run", is_flag=True, help="Only count them.")
def replay(*, since: datetime | None, dry_run: bool) -> None:
    """Give the roles once more what they met a defect on: dead letters whose reason is `bug`.

    Update every role first. Each record goes to the topic that it came from, and leads to the ids that
    it would have had: what is told a second time is told under the same ids. Kafka holds them for
    30 days. Deliveries are replayed by python -m sinks replay.
    """
    with errors_told():
        settings = settings_for("replay")
        done = asyncio.run(replay_defects(settings.kafka, since=since, dry_run=dry_run))
    for topic, count in done.found.items():
        click.echo(f"{topic}: {count} {'would be' if dry_run else 'are'} read again")
    for place in done.gone:
        click.echo(f"{place} is gone from Kafka", err=True)
    if not done.found and not done.gone:
        click.echo("no dead letter says bug")
