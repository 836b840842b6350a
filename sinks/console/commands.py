"""python -m sinks console and console-password; sinks.__main__ adds them."""

import asyncio
import secrets
import signal
from urllib.parse import urlsplit

import click

from sinks.charts.engine import CHDB
from sinks.console.password import LEAST, hashed
from sinks.delivery.running import Configured, configured, run


@click.command()
def console() -> None:
    """Serve the console from a process of its own, until told to stop.

    Beside a ClickHouse server only (SN_CLICKHOUSE=http://...), on SN_CONSOLE_PORT (8083). With chDB
    one process opens ClickHouse: python -m sinks charts, which serves the console itself, and this
    command says where.
    """
    given = configured("console", serves=True)
    if urlsplit(given.settings.clickhouse).scheme == CHDB:
        click.echo(f"python -m sinks charts serves the console: {given.settings.charts_url}/")
        return
    run(_until_told(given))


@click.command("console-password")
def console_password() -> None:
    """Ask for a password and print its hash, for SN_CONSOLE_PASSWORD_HASH.

    The hash contains $: quote it in a shell, or put it into a file and name that file in
    SN_CONSOLE_PASSWORD_HASH_FILE.
    """
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if len(password) < LEAST:
        raise click.ClickException(f"too short: use at least {LEAST} characters")
    click.echo(hashed(password, secrets.token_bytes(16)))


async def _until_told(given: Configured) -> None:
    from sinks.console.role import Role  # noqa: PLC0415 - only the role loads the pages

    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await Role(settings=given.settings, project=given.project, plans=given.lanes).run(told)
