"""An application on its port while inside."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from streams.contracts.errors import ConfigError

_SHUTDOWN = 5.0  # seconds that requests under way have to end


@asynccontextmanager
async def listening(
    application: web.Application, host: str, port: int, setting: str
) -> AsyncIterator[int]:
    """Gives the port; a ConfigError names `setting` when it can't be had."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN)
    await runner.setup()
    try:
        await _listen(runner, host, port, setting)
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int, setting: str) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        text = f"{setting}: can't listen on {host}:{port} ({error.strerror})"
        raise ConfigError(f"{text}; choose a free one") from error
