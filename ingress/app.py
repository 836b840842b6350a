"""The composition of both doors: what is made from what, opened in this order, closed in reverse."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web

from ingress.config import Limits
from ingress.connections import Connections
from ingress.notifications import Notifications
from ingress.publisher import Publisher
from ingress.unknown import UnknownTokens
from streams.contracts.errors import ConfigError
from streams.observe.health import Health, serve_health
from streams.settings.environment import Settings
from streams.settings.project_file import ProjectFile

_SHUTDOWN = 5.0  # seconds that requests under way have to end; the ack's deadline is shorter


@asynccontextmanager
async def notifications_door(
    settings: Settings, project: ProjectFile, limits: Limits
) -> AsyncIterator[int]:
    """Listen for stores while inside; gives the port."""
    publisher = Publisher(
        settings.kafka, client_id=f"ingress-{settings.slot}", deadline=limits.ack_deadline
    )
    unknown = UnknownTokens(publisher)
    notifications = Notifications(project.tokens, publisher, unknown, limits)
    connections = Connections(notifications.answer, limits)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(publisher.running())
        await stack.enter_async_context(unknown.telling())
        await stack.enter_async_context(connections.guarded())
        runner = web.ServerRunner(connections, shutdown_timeout=_SHUTDOWN)
        port = await stack.enter_async_context(
            listening(runner, settings.host, settings.notifications_port, "SN_NOTIFICATIONS_PORT")
        )
        health = Health(ready=publisher.why_down)
        await stack.enter_async_context(serve_health(settings.host, settings.health_port, health))
        yield port


@asynccontextmanager
async def listening(
    runner: web.BaseRunner, host: str, port: int, setting: str
) -> AsyncIterator[int]:
    """Serve `runner` while inside; gives the port, which port 0 leaves to the system."""
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port, backlog=1024).start()
        except OSError as error:
            text = f"{setting}: can't listen on {host}:{port} ({error.strerror}); choose a free one"
            raise ConfigError(text) from error
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
