"""How a command runs: a store named as we name it, settings read once, our errors as one line, SIGTERM a clean end."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import click

from streams.contracts import stores
from streams.contracts.errors import ConfigError, TransientError
from streams.observe import logs
from streams.settings.environment import Settings, load_settings

WRONG_SETTING = 2  # as of a wrong command line
TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h
STORE = click.Choice([str(store.name) for store in stores.ALL])
"""A store on a command line: a mistyped one is refused with those that there are."""


@contextmanager
def errors_told() -> Iterator[None]:
    """One line and an exit code: a ConfigError names the setting, a TransientError what is away."""
    try:
        yield
    except ConfigError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(WRONG_SETTING)
    except TransientError as error:
        click.echo(f"error: {error} (try again later)", err=True)
        sys.exit(TRY_AGAIN)


def settings_for(role: str) -> Settings:
    """The settings of this process, its log configured. For a command: see `logs.hush_libraries`."""
    settings = _settings(role)
    logs.hush_libraries()
    return settings


def _settings(role: str) -> Settings:
    settings = load_settings()
    logs.configure(role, settings.log_level, settings.log_format)
    return settings


def run_role(role: str, main: Callable[[Settings], Awaitable[None]]) -> None:
    """Until SIGTERM or Ctrl-C, which end it with 0."""
    with errors_told():
        asyncio.run(_until_told(main(_settings(role))))


async def _until_told(running: Awaitable[None]) -> None:
    task = asyncio.ensure_future(running)
    told = False

    def tell() -> None:
        nonlocal told
        told = True
        task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, tell)
    try:
        await task
    except asyncio.CancelledError:
        if not told:
            raise
