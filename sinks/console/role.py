"""The console as a process of its own, beside a ClickHouse server: it reads, and writes to topics alone."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass

import structlog

from sinks.charts.engine import engine
from sinks.charts.lag_watch import LagWatch
from sinks.charts.last_received import Labels
from sinks.charts.reader import Reader
from sinks.console.live import Live, learning
from sinks.console.opening import Sources, opened
from sinks.delivery.plan import Plan
from streams.contracts.project import Project
from streams.contracts.topics import LAST_RECEIVED
from streams.kafka.follower import Follower
from streams.kafka.lag import group_lags
from streams.observe.health import Health, routes
from streams.observe.listening import listening, runner_of
from streams.settings.environment import Settings

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """`plans`: of destinations and forwards."""

    settings: Settings
    project: Project
    plans: tuple[Plan, ...] = ()

    async def run(self, stopping: asyncio.Event) -> None:
        clickhouse = engine(self.settings.clickhouse)
        labels, live = Labels(), Live()
        async with AsyncExitStack() as stack:
            reader = await stack.enter_async_context(Reader(clickhouse))
            follower = Follower(self.settings.kafka, LAST_RECEIVED, learning(labels, live))
            await follower.start()
            stack.push_async_callback(follower.stop)
            sources = Sources(
                settings=self.settings,
                project=self.project,
                plans=self.plans,
                reader=reader,
                labels=labels,
                lag=LagWatch(lambda: group_lags(self.settings.kafka)),
                live=live,
            )
            console = await stack.enter_async_context(opened(sources))
            health = Health(ready=lambda: follower.problem() or console.problem())
            application = console.application(routes=routes(health))
            host, port = self.settings.host, self.settings.console_port
            bound = await stack.enter_async_context(
                listening(runner_of(application), host, port, "SN_CONSOLE_PORT")
            )
            _log.info("console_open", clickhouse=clickhouse.name, port=bound)
            await stopping.wait()
