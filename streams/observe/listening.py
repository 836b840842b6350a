"""A server on its port while inside; one that can't have it says which settings name it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from aiohttp import web

from streams.contracts.errors import ConfigError
from streams.observe.background import kept_running
from streams.observe.connections import PRIVATE, Connections, Patience, timed

SHUTDOWN = (
    5.0  # seconds that requests under way have to end; an acknowledgment's deadline is shorter
)
_BACKLOG = 128  # connections that wait to be taken, aiohttp's own


class _Runner(web.AppRunner):
    """aiohttp's own, whose server has our connections."""

    __slots__ = ("_patience",)

    def __init__(self, application: web.Application, patience: Patience, **options: Any) -> None:  # noqa: ANN401
        super().__init__(application, **options)
        self._patience = patience

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return Connections(
            timed(made.request_handler),
            self._patience,
            request_factory=made.request_factory,
            **self._kwargs,
        )


def runner_of(application: web.Application, patience: Patience = PRIVATE) -> web.AppRunner:
    """Without an access log: paths hold what says who somebody is."""
    return _Runner(application, patience, access_log=None, shutdown_timeout=SHUTDOWN)


@asynccontextmanager
async def listening(
    runner: web.BaseRunner, host: str, port: int, setting: str, *, backlog: int = _BACKLOG
) -> AsyncIterator[int]:
    """Serve `runner`; gives the port, which port 0 leaves to the system. `setting`: of the port."""
    await runner.setup()
    try:
        await _listen(web.TCPSite(runner, host, port, backlog=backlog), host, port, setting)
        async with _swept(runner.server, setting):
            yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def _swept(server: web.Server | None, setting: str) -> AbstractAsyncContextManager[None]:
    if isinstance(server, Connections):
        return kept_running(server.sweep_on(setting))
    return nullcontext()


async def _listen(site: web.TCPSite, host: str, port: int, setting: str) -> None:
    try:
        await site.start()
    except OSError as error:
        raise ConfigError(
            f"{setting}: can't listen on {host}:{port} ({error.strerror}): choose a free port, or an"
            " address of this machine for SN_HOST"
        ) from error
