"""python -m sinks forward; sinks.__main__ adds it."""

import asyncio
import signal
from collections.abc import Sequence

import click
import uvloop

from sinks.delivery.open_files import allow_many
from sinks.delivery.plan import Plan
from sinks.forward.plans import read_forwards
from sinks.forward.role import from_settings
from streams.contracts.errors import ConfigError, StoreNotificationsError
from streams.observe import logs
from streams.settings.environment import Settings, load_settings
from streams.settings.project_file import load_project

_WRONG_SETTING = 2  # the exit code of a ConfigError, as of a wrong command line
_FAILED = 1


@click.command()
def forward() -> None:
    """Forward genuine notifications as they came, until told to stop.

    To where option `forward` of an app's store says: the same bytes, tracked or not, retried like a
    webhook. `python -m sinks destinations` shows, pauses and resumes them.
    """
    try:
        settings = load_settings()
        logs.configure("forward", settings.log_level, settings.log_format)
        plans = read_forwards(load_project(settings.project))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_until_told(settings, plans))
    except StoreNotificationsError as error:
        click.echo(f"error: {error}", err=True)
        code = _WRONG_SETTING if isinstance(error, ConfigError) else _FAILED
        raise SystemExit(code) from error


async def _until_told(settings: Settings, plans: Sequence[Plan]) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    allow_many(plans)
    await from_settings(settings, plans).run(told)
