"""How a command runs: settings read once, a ConfigError as one line and exit code 2, SIGTERM a clean end."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

import click

from streams.contracts.errors import ConfigError
from streams.observe import logs
from streams.settings.environment import Settings, load_settings

WRONG_SETTING = 2  # as of a wrong command line


@contextmanager
def errors_told() -> Iterator[None]:
    """A ConfigError is told in one line: it names the setting and the remedy."""
    try:
        yield
    except ConfigError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(WRONG_SETTING)


def settings_for(role: str) -> Settings:
    """The settings of this process, its log configured."""
    settings = load_settings()
    logs.configure(role, settings.log_level, settings.log_format)
    return settings


def run_role(role: str, main: Callable[[Settings], Awaitable[None]]) -> None:
    """Until SIGTERM or Ctrl-C, which end it with 0."""
    with errors_told():
        asyncio.run(_until_told(main(settings_for(role))))


async def _until_told(running: Awaitable[None]) -> None:
    task = asyncio.ensure_future(running)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
