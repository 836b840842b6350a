"""A server on its port while inside; one that can't have it says which settings name it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from streams.contracts.errors import ConfigError

SHUTDOWN = (
    5.0  # seconds that requests under way have to end; an acknowledgment's deadline is shorter
)
_BACKLOG = 128  # connections that wait to be taken, aiohttp's own


def runner_of(application: web.Application) -> web.AppRunner:
    """Without an access log: paths hold what says who somebody is."""
    return web.AppRunner(application, access_log=None, shutdown_timeout=SHUTDOWN)


@asynccontextmanager
async def listening(
    runner: web.BaseRunner, host: str, port: int, setting: str, *, backlog: int = _BACKLOG
) -> AsyncIterator[int]:
    """Serve `runner`; gives the port, which port 0 leaves to the system. `setting`: of the port."""
    await runner.setup()
    try:
        await _listen(web.TCPSite(runner, host, port, backlog=backlog), host, port, setting)
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def _listen(site: web.TCPSite, host: str, port: int, setting: str) -> None:
    try:
        await site.start()
    except OSError as error:
        raise ConfigError(
            f"{setting}: can't listen on {host}:{port} ({error.strerror}): choose a free port, or an"
            " address of this machine for SN_HOST"
        ) from error
