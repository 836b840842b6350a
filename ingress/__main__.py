"""python -m ingress notifications | api: the two processes of this package."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import click
import structlog
import uvloop

from ingress.app import api_door, notifications_door
from ingress.config import Limits
from streams.contracts.errors import ConfigError
from streams.observe import logs
from streams.settings.environment import Settings, load_settings
from streams.settings.project_file import ProjectFile, load_project

_WRONG_SETTING = 2  # the exit code of a ConfigError, as of a wrong command line
Door = Callable[[Settings, ProjectFile, Limits], AbstractAsyncContextManager[int]]
_log = structlog.get_logger()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Take in what stores and backends send. Settings are environment variables SN_* (README)."""


@main.command()
def notifications() -> None:
    """Listen for stores' notifications.

    The public port, SN_NOTIFICATIONS_PORT (8080), has one route and nothing else:
    POST /v1/notifications/{store}/{token}. Health and metrics are on SN_HEALTH_PORT.
    """
    _serve("notifications", notifications_door)


@main.command()
def api() -> None:
    """Listen for the operator's own backends.

    The private port, SN_API_PORT (8082). Callers send a secret backend key, which never goes into an
    app.

    \b
    POST /v1/purchases                            track a purchase, or many; answers tracking ids
    POST /v1/receipts                             the same with RevenueCat's body and X-Platform
    GET  /v1/trackings/{id}                       what became of a post
    GET  /v1/subscribers/{app_user_id}            a customer, in the shape of RevenueCat's v1 API
    POST /v1/customers/{app_user_id}/attributes   what is known of a customer
    POST /v1/customers/{app_user_id}/alias        another id of the same customer
    GET  /healthz, /readyz, /metrics
    """
    _serve("api", api_door)


def _serve(role: str, door: Door) -> None:
    try:
        settings = load_settings(os.environ)
        logs.configure(f"ingress-{role}", settings.log_level, settings.log_format)
        project = load_project(settings.project, os.environ)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_until_told(door(settings, project, Limits())))
    except ConfigError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(_WRONG_SETTING)


async def _until_told(door: AbstractAsyncContextManager[int]) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    async with door as port:
        _log.info("listening", port=port)
        await told.wait()
        _log.info("stopping")


if __name__ == "__main__":
    main()
