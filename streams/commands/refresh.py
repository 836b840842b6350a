"""Makes every tracked purchase of a store fall due that no due time leads to."""

import asyncio

import click
from rich.console import Console
from rich.progress import Progress

from streams.commands.running import STORE, errors_told, settings_for
from streams.contracts.ids import AppId, StoreName
from streams.kafka.producer import Producer
from streams.lookup.asking import check_asked
from streams.lookup.waking import PER_SECOND, Whose, wake
from streams.settings.environment import Settings
from streams.settings.project_file import load_project


@click.command()
@click.option("--app", "app_id", required=True, help="The app's id in project.toml.")
@click.option("--store", type=STORE, required=True, help="One of its stores.")
@click.option(
    "--per-second",
    type=click.FloatRange(min=0.1),
    default=PER_SECOND,
    show_default=True,
    help="How far apart they fall due.",
)
def refresh(*, app_id: str, store: str, per_second: float) -> None:
    """Ask the store about purchases that nothing would ask about.

    A purchase that was tracked before [apps.stores.api] was set gets a due time with its next record
    only; lookup sees to all of them once, when it starts with new credentials. This does it again:
    for purchases without a due time, and for those whose time passed a day ago without being asked.
    They are asked about an hour later at the earliest, spread, within the API's own rate. What the
    answers tell makes the same event ids as notifications.

    \b
    python -m streams refresh --app notes --store stripe --per-second 5
    """
    with errors_told():
        settings = settings_for("refresh")
        whose = (AppId(app_id), StoreName(store))
        count = asyncio.run(_refresh(settings, whose, per_second))
    click.echo(f"{count} purchases of {store} will be asked about")


async def _refresh(settings: Settings, whose: Whose, per_second: float) -> int:
    check_asked(load_project(settings.project).project, *whose)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading what is tracked")
        async with Producer(settings.kafka, client_id="refresh") as producer:
            return await wake(
                settings.kafka,
                producer.send_all,
                whose,
                per_second=per_second,
                progress=lambda read, of: bar.update(task, completed=read, total=of),
            )
