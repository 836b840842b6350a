"""Fetches what a store kept of its notifications, day by day, and lets them go the way of all others."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import click
from aiohttp import ClientSession
from rich.console import Console
from rich.progress import Progress

from streams.commands.running import STORE, errors_told, settings_for
from streams.contracts.codec import decode, encode
from streams.contracts.errors import ConfigError
from streams.contracts.ids import AppId, StoreName
from streams.contracts.step import Out
from streams.kafka.producer import Producer
from streams.lookup.asking import check_asked, lookups
from streams.lookup.history.kept import History
from streams.observe import clock
from streams.settings.days import DAY, from_day
from streams.settings.environment import Settings
from streams.settings.project_file import ProjectFile, load_project

Write = Callable[[Sequence[Out]], Awaitable[None]]
_DAY = timedelta(days=1)


@click.command()
@click.option("--app", "app_id", required=True, help="The app's id in project.toml.")
@click.option("--store", type=STORE, required=True, help="One of its stores.")
@from_day("first", "What the store kept", required=True)
@click.option("--to", "last", type=DAY, metavar="DAY", help="The last day; today when not given.")
def backfill(*, app_id: str, store: str, first: datetime, last: datetime | None) -> None:
    """Fetch what the store kept of its notifications: what was missed is made good.

    Apple keeps 180 days (the sandbox 30), Stripe 30, Google the voided purchases of 30. They are
    verified and told like others, with origin backfill: the same event ids, so what was here
    already changes nothing. "Last received" does not move, nor does anything of the billing.

    Days that are done are remembered: after an interruption give the same command again.

    \b
    python -m streams backfill --app notes --store app_store --from 2026-10-01
    """
    with errors_told():
        settings = settings_for("backfill")
        start, end = _bounds(first, last)
        count = asyncio.run(_backfill(settings, AppId(app_id), StoreName(store), start, end))
    click.echo(f"{count} notifications of {store} fetched")


def _bounds(first: datetime, last: datetime | None) -> tuple[datetime, datetime]:
    now = clock.now()
    end = min(now, last.replace(tzinfo=UTC) + _DAY) if last is not None else now
    if first >= end:
        raise ConfigError(f"--from {first:%Y-%m-%d}: lies after the end, {end:%Y-%m-%d}")
    return first, end


async def _backfill(
    settings: Settings, app_id: AppId, store: StoreName, start: datetime, end: datetime
) -> int:
    file = load_project(settings.project)
    async with ClientSession() as session:
        history = _history(file, session, app_id, store)
        if clock.now() - start > history.reach + _DAY:
            days = history.reach.days
            raise ConfigError(f"--from {start:%Y-%m-%d}: {store} keeps {days} days, begin later")
        done = Done.read(settings.data_dir, app_id, store)
        async with Producer(settings.kafka, client_id="backfill") as producer:
            return await fetch(history, producer.send_all, done, start, end)


def _history(file: ProjectFile, session: ClientSession, app_id: AppId, store: StoreName) -> History:
    check_asked(file.project, app_id, store)
    whose = (app_id, store)
    found = lookups(file.project, file.apis({whose}), session)[whose]
    return found.history(file.keyring({whose}).secrets.get(whose, ()))


async def fetch(
    history: History, write: Write, done: "Done", start: datetime, end: datetime
) -> int:
    """How many; a day is done when all of it is in Kafka."""
    count = 0
    days = [day for day in _days(start, end) if not done.has(day)]
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("fetching", total=len(days))
        for begins, ends in days:
            async for page in history.pages(begins, ends):
                await write(page)
                count += len(page)
                bar.update(task, description=f"{begins:%Y-%m-%d}, {count} fetched")
            done.add((begins, ends))
            bar.advance(task)
    return count


Day = tuple[datetime, datetime]


def _days(start: datetime, end: datetime) -> Iterator[Day]:
    """UTC days, the first and the last perhaps cut."""
    while start < end:
        midnight = datetime.combine(start.date() + _DAY, time(), UTC)
        yield start, min(midnight, end)
        start = midnight


@dataclass(slots=True, kw_only=True)
class Done:
    """The whole days that were fetched, kept in `file`; the present day never is whole."""

    file: Path
    days: set[str]

    @classmethod
    def read(cls, folder: Path, app_id: AppId, store: StoreName) -> "Done":
        file = folder / f"backfill-{app_id}-{store}.json"
        return cls(file=file, days=decode(file.read_bytes(), set[str]) if file.exists() else set())

    def has(self, day: Day) -> bool:
        return _name(day) in self.days

    def add(self, day: Day) -> None:
        if day[1] - day[0] == _DAY:
            self.days.add(_name(day))
            self.file.parent.mkdir(parents=True, exist_ok=True)
            new = self.file.with_suffix(".new")
            new.write_bytes(encode(sorted(self.days)))
            new.replace(self.file)  # whole or not at all: who is killed here goes on next time


def _name(day: Day) -> str:
    whole = day[1] - day[0] == _DAY
    return f"{day[0]:%Y-%m-%d}" if whole else ""
