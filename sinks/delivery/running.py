"""How a command of delivery runs: settings and destinations read once, our errors as one line."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import click
import uvloop
from rich.console import Console
from rich.table import Table

from sinks.delivery.plan import Plan, read_plans
from sinks.delivery.standing import Standing
from sinks.forward.plans import read_forwards
from streams.contracts.errors import ConfigError, StoreNotificationsError
from streams.contracts.project import Project
from streams.contracts.topics import CONTROL
from streams.kafka.follower import Follower
from streams.observe import logs
from streams.settings.environment import Settings, load_settings
from streams.settings.kafka import KafkaSettings
from streams.settings.project_file import load_project

_WRONG_SETTING = 2  # the exit code of a ConfigError, as of a wrong command line
_FAILED = 1
_WIDE = 160  # characters, where nobody's terminal says
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    settings: Settings
    project: Project
    plans: tuple[Plan, ...]
    forwards: tuple[Plan, ...] = ()

    @property
    def lanes(self) -> tuple[Plan, ...]:
        """All that something is sent to: destinations of events, and forwards."""
        return (*self.plans, *self.forwards)

    def plan(self, name: str) -> Plan:
        """Raise BadParameter with the names that there are."""
        for plan in self.lanes:
            if plan.name == name:
                return plan
        known = ", ".join(plan.name for plan in self.lanes) or "none"
        raise click.BadParameter(
            f"no destination {name!r} in {self.settings.project}: it has {known}"
        )


def configured(role: str, *, serves: bool = False, with_forwards: bool = True) -> Configured:
    """`serves`: until it is told to stop, so its log tells what libraries say too. `with_forwards`:
    their secrets too, which who only delivers events need not have."""
    settings = settings_of(role)
    if serves:
        logs.configure(role, settings.log_level, settings.log_format)
    try:
        file = load_project(settings.project)
        return Configured(
            settings=settings,
            project=file.project,
            plans=read_plans(file),
            forwards=read_forwards(file) if with_forwards else (),
        )
    except ConfigError as error:
        raise _exit(error, _WRONG_SETTING) from error


def settings_of(role: str) -> Settings:
    """For a command that needs nothing of the project."""
    try:
        settings = load_settings()
    except ConfigError as error:
        raise _exit(error, _WRONG_SETTING) from error
    logs.configure(role, settings.log_level, settings.log_format)
    logs.hush_libraries()
    return settings


def run(work: Coroutine[None, None, T]) -> T:
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work)
    except ConfigError as error:
        raise _exit(error, _WRONG_SETTING) from error
    except StoreNotificationsError as error:
        raise _exit(error, _FAILED) from error


async def standing_now(kafka: KafkaSettings) -> Standing:
    """What has been decided of destinations up to now."""
    standing = Standing()
    follower = Follower(kafka, CONTROL, standing.on_record)
    await follower.start()
    await follower.stop()
    return standing


def show(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    """A table: numbers to the right, None as nothing."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for column in columns:
        numeric = all(isinstance(row[column], int) for row in rows)
        table.add_column(column, justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*("" if row[name] is None else str(row[name]) for name in columns))
    console = Console(markup=False)  # a reason may hold brackets
    (console if console.is_terminal else Console(width=_WIDE, markup=False)).print(table)


def _exit(error: Exception, code: int) -> SystemExit:
    click.echo(f"error: {error}", err=True)
    return SystemExit(code)
