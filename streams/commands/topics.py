"""Topics are made and checked here, never by Faust or the broker; and the way out of a lost offset."""

import asyncio

import click

from streams.commands.running import errors_told, settings_for
from streams.contracts.topics import ALL
from streams.kafka.skip import skip as skip_gaps
from streams.kafka.topics import create_and_check
from streams.observe import clock


@click.command()
@click.option(
    "--allow-fewer-replicas",
    is_flag=True,
    help="Take fewer than 3 replicas though this is no local broker: an acknowledged record may be lost.",
)
def topics(allow_fewer_replicas: bool) -> None:
    """Make every topic that is missing, and check those that are there.

    Partition counts (SN_PARTITIONS) never change in place, since states are placed by them. Run this
    before the roles, and after each upgrade.
    """
    with errors_told():
        settings = settings_for("topics")
        asyncio.run(
            create_and_check(
                settings.kafka,
                partitions=settings.partitions,
                replication=settings.replication,
                local=settings.local,
                allow_fewer_replicas=allow_fewer_replicas,
            )
        )
        click.echo(f"{len(ALL)} topics are as they must be on {settings.kafka.bootstrap}")


@click.command()
@click.argument("group")
def skip(group: str) -> None:
    """Move GROUP past records that the broker holds no more, and write down what it missed.

    For the error that a committed offset is out of range: a group was stopped for longer than its
    topic keeps records. The gap goes to notifications.outcomes as `skipped`. Stop its workers first.
    """
    with errors_told():
        settings = settings_for("skip")
        gaps = asyncio.run(skip_gaps(settings.kafka, group, now=clock.now()))
        for gap in gaps:
            where = f"{gap.topic}/{gap.partition}"
            click.echo(f"{where}: from {gap.committed} to {gap.resumed}, {gap.missed} missed")
        if not gaps:
            click.echo(f"{group}: every committed offset is in range, nothing to skip")
