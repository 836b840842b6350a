"""The charts role, put together: ClickHouse, the intake from Kafka, the labels, the API.

One process opens ClickHouse and does all of it. What fails for good ends the process, which its
supervisor starts again; what was read and not written is then read again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog
from aiohttp import web

from sinks.charts.api import ChartsApi
from sinks.charts.consume import GROUP, TOPICS, Intake
from sinks.charts.door import reachable
from sinks.charts.engine import Engine, engine
from sinks.charts.fold_ledger import needs_rebuild
from sinks.charts.lag_watch import LagWatch
from sinks.charts.last_received import Labels
from sinks.charts.migration_lock import STALE
from sinks.charts.migrations import migrate
from sinks.charts.reader import Reader
from sinks.charts.rebuild import Rebuild
from sinks.charts.retention import Retention
from sinks.charts.upkeep import Upkeep
from sinks.charts.writer import Writer
from sinks.console.live import Live, learning
from sinks.console.opening import Sources, opened
from sinks.delivery.plan import Plan
from streams.contracts.errors import ConfigError
from streams.contracts.project import Project
from streams.contracts.topics import LAST_RECEIVED
from streams.kafka.consumer import Consumer
from streams.kafka.follower import Follower
from streams.kafka.lag import group_lags
from streams.observe import clock
from streams.observe.health import Health, routes
from streams.settings.environment import Settings

_SHUTDOWN = 5.0  # seconds that requests under way have to end
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One process of it, or one of several beside a server: each then writes its own partitions."""

    settings: Settings
    project: Project
    plans: tuple[Plan, ...] = ()  # of destinations and forwards, which the console shows

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping`; what was read by then is written."""
        key = self.settings.charts_key
        reachable(self.settings.host, key)
        clickhouse = engine(self.settings.clickhouse)
        async with AsyncExitStack() as stack:
            writing = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="write"))
            writer = await _in(writing, lambda: _writer(clickhouse))
            reader = await stack.enter_async_context(Reader(clickhouse))
            labels, live = Labels(), Live()
            follower = Follower(self.settings.kafka, LAST_RECEIVED, learning(labels, live))
            await follower.start()
            stack.push_async_callback(follower.stop)
            lag = LagWatch(lambda: group_lags(self.settings.kafka))
            stack.push_async_callback(_ended, asyncio.create_task(lag.watch()))
            retention = Retention(clickhouse, writing)
            stack.push_async_callback(_ended, asyncio.create_task(retention.keep()))
            consumer = await stack.enter_async_context(self._consumer())
            intake = Intake(consumer, writer, writing)
            health = Health(ready=lambda: intake.problem or follower.problem())
            api = ChartsApi(reader, labels, lag, self.project, key)
            rebuild = Rebuild(clickhouse, writing)
            stack.push_async_callback(rebuild.end)
            beside = [*routes(health), *Upkeep(rebuild, writer, writing).routes()]
            sources = self._sources(reader, labels, lag, live)
            application = await stack.enter_async_context(_served(api, beside, sources))
            port = await stack.enter_async_context(self._listening(application))
            _log.info("charting", clickhouse=clickhouse.name, port=port)
            await intake.move(stopping)

    def _sources(self, reader: Reader, labels: Labels, lag: LagWatch, live: Live) -> Sources:
        return Sources(
            settings=self.settings,
            project=self.project,
            plans=self.plans,
            reader=reader,
            labels=labels,
            lag=lag,
            live=live,
        )

    def _consumer(self) -> Consumer:
        name = f"{GROUP}-{self.settings.slot}"
        return Consumer(
            self.settings.kafka, group=GROUP, topics=TOPICS, client_id=name, instance=name
        )

    @asynccontextmanager
    async def _listening(self, application: web.Application) -> AsyncIterator[int]:
        host, port = self.settings.host, self.settings.charts_port
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN)
        await runner.setup()
        try:
            await _listen(runner, host, port)
            yield int(runner.addresses[0][1])
        finally:
            await runner.cleanup()


@asynccontextmanager
async def _served(
    api: ChartsApi, beside: list[web.RouteDef], sources: Sources
) -> AsyncIterator[web.Application]:
    """The charts API, and the console beside it unless it is not wanted here."""
    if not sources.settings.console:
        application = api.application()
        application.add_routes(beside)
        yield application
        return
    async with opened(sources) as console:
        yield console.application(api.middlewares(), [*api.routes(), *beside])


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        text = f"SN_CHARTS_PORT: can't listen on {host}:{port} ({error.strerror})"
        raise ConfigError(f"{text}; choose a free one") from error


def _writer(clickhouse: Engine) -> Writer:
    client = clickhouse.client({"async_insert": 0})  # an answer means durable
    stale = timedelta() if clickhouse.alone else STALE
    for name in migrate(client, clock.now(), stale=stale):
        _log.info("migrated", migration=name)
    if needs_rebuild(client, clock.now()):
        _log.warning("rebuild_needed", why="the fold changed", do="python -m sinks charts rebuild")
    return Writer(client)


async def _in(thread: ThreadPoolExecutor, work: Callable[[], Writer]) -> Writer:
    return await asyncio.get_running_loop().run_in_executor(thread, work)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
