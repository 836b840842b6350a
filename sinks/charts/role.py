"""The charts role, put together: ClickHouse, the intake from Kafka, the labels, the API.

One process opens ClickHouse and does all of it. What fails for good ends the process, which its
supervisor starts again; what was read and not written is then read again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from sinks.charts.api import MOST_BODY, ChartsApi
from sinks.charts.consume import GROUP, TOPICS, Intake
from sinks.charts.door import check_keys, reachable
from sinks.charts.engine import Engine, engine
from sinks.charts.fold_ledger import needs_rebuild
from sinks.charts.garbage import look_rarely
from sinks.charts.lag_watch import LagWatch
from sinks.charts.last_received import Labels
from sinks.charts.migrations import migrate
from sinks.charts.reader import Reader
from sinks.charts.rebuild import Rebuild, drop_unfinished
from sinks.charts.retention import Retention
from sinks.charts.tidying import Tidying
from sinks.charts.unfinished import tell_put_aside, tell_unfinished
from sinks.charts.upkeep import Upkeep
from sinks.charts.writer import Writer
from sinks.console.access import way_in
from sinks.console.live import Live, learning
from sinks.console.opening import Sources, opened
from sinks.console.silence_watch import SilenceWatch
from sinks.delivery.plan import Plan
from streams.contracts.project import Project
from streams.contracts.topics import LAST_RECEIVED
from streams.kafka.consumer import Consumer
from streams.kafka.follower import Follower
from streams.kafka.lag import group_lags
from streams.observe import clock
from streams.observe.health import Check, Health, routes
from streams.observe.listening import listening, runner_of
from streams.settings.environment import Settings

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One process of it, or one of several beside a server: each then writes its own partitions."""

    settings: Settings
    project: Project
    plans: tuple[Plan, ...] = ()  # of destinations and forwards, which the console shows

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping`; what was read by then is written."""
        _asks_who_comes(self.settings)
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
            for beside in (
                lag.watch(),
                SilenceWatch(reader, labels, self.project).watch(),
                Retention(clickhouse, writing).keep(),
                Tidying(clickhouse).keep(),
            ):
                stack.push_async_callback(_ended, asyncio.create_task(beside))
            consumer = await stack.enter_async_context(self._consumer())
            intake = Intake(consumer, writer, writing)
            api = self._api(reader, labels, lag)
            rebuild = Rebuild(clickhouse, writing)
            stack.push_async_callback(rebuild.end)
            upkeep = Upkeep(rebuild, writer, writing, self.project)
            served = _served(
                self._sources(reader, labels, lag, live),
                api.middlewares(),
                [*api.routes(), *upkeep.routes()],
                lambda: intake.problem or consumer.trouble() or follower.problem(),
            )
            application = await stack.enter_async_context(served)
            host, port = self.settings.host, self.settings.charts_port
            bound = await stack.enter_async_context(
                listening(runner_of(application), host, port, "SN_CHARTS_PORT")
            )
            look_rarely()
            _log.info("charting", clickhouse=clickhouse.name, port=bound)
            await _unless(reader.damaged(), intake.move(stopping))

    def _api(self, reader: Reader, labels: Labels, lag: LagWatch) -> ChartsApi:
        key, erase_key = self.settings.charts_key, self.settings.erase_key
        return ChartsApi(reader, labels, lag, self.project, key=key, erase_key=erase_key)

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


def _asks_who_comes(settings: Settings) -> None:
    """Raise ConfigError before anything is opened."""
    check_keys(settings.charts_key, settings.erase_key)
    reachable(settings.host, settings.charts_key)
    if settings.console:
        way_in(settings)


@asynccontextmanager
async def _served(
    sources: Sources, api: Sequence[Middleware], beside: list[web.RouteDef], ready: Check
) -> AsyncIterator[web.Application]:
    """The charts API, and the console beside it unless it is not wanted here."""
    if not sources.settings.console:
        application = web.Application(client_max_size=MOST_BODY, middlewares=api)
        application.add_routes([*beside, *routes(Health(ready=ready))])
        yield application
        return
    async with opened(sources) as console:
        health = Health(ready=lambda: ready() or console.problem())
        yield console.application(api, [*beside, *routes(health)])


def _writer(clickhouse: Engine) -> Writer:
    client = clickhouse.client({"async_insert": 0})
    if clickhouse.alone:
        tell_unfinished(client)
        tell_put_aside(client)
        migrate(client, clock.now(), stale=timedelta())
        drop_unfinished(client)
    else:
        migrate(client, clock.now(), beside=clickhouse.client)
    if needs_rebuild(client, clock.now()):
        _log.warning("rebuild_needed", why="the fold changed", do="python -m sinks charts rebuild")
    writer = Writer.connected(clickhouse)
    client.close()  # not before: chDB ends with its last connection
    return writer


async def _in(thread: ThreadPoolExecutor, work: Callable[[], Writer]) -> Writer:
    return await asyncio.get_running_loop().run_in_executor(thread, work)


async def _unless(damaged: Coroutine[None, None, None], work: Coroutine[None, None, None]) -> None:
    """`work`, and its end when there is damage: a start puts a part that can't be read aside and takes
    those that it was merged from, which ClickHouse keeps for 8 minutes and then removes."""
    tasks = [asyncio.create_task(each) for each in (damaged, work)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    await asyncio.wait(tasks)
    for task in done:
        task.result()


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
