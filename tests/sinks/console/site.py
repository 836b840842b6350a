"""A console to ask and to post to: pages over HTTP, forms with the token that the page gave."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

from aiohttp import ClientResponse, CookieJar
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from sinks.charts.api import ChartsApi
from sinks.charts.engine import Engine
from sinks.charts.lag_watch import LagWatch
from sinks.charts.last_received import Labels
from sinks.charts.reader import Reader
from sinks.console.application import application
from sinks.console.audit import AuditEntry
from sinks.console.live import Live
from sinks.console.opening import Sources, put_together
from sinks.console.parts import Parts
from sinks.delivery.lane_report import LaneBoard
from sinks.delivery.plan import Plan
from sinks.delivery.standing import Standing
from streams.contracts.codec import decode
from streams.contracts.project import Project
from streams.contracts.step import Out
from streams.contracts.topics import CONSOLE_AUDIT
from streams.kafka.lag import GroupLag
from streams.settings.environment import load_settings
from tests.sinks.charts.test_last_received import PROJECT

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Written:
    """The producer's place: what was sent, in its order. `problem`: raised instead."""

    def __init__(self) -> None:
        self.outs: list[Out] = []
        self.problem: Exception | None = None

    async def send(self, out: Out) -> None:
        if self.problem is not None:
            raise self.problem
        self.outs.append(out)

    async def send_all(self, outs: Sequence[Out]) -> None:
        for out in outs:
            await self.send(out)

    def on(self, topic: str) -> list[Out]:
        return [out for out in self.outs if out.topic == topic]

    @property
    def audited(self) -> list[AuditEntry]:
        return [decode(out.value or b"", AuditEntry) for out in self.on(CONSOLE_AUDIT)]


@dataclass(kw_only=True)
class Site:
    """`client` keeps cookies, as a browser does, and follows no redirect unless asked."""

    client: TestClient[Request, Application]
    parts: Parts
    written: Written = field(default_factory=Written)

    async def get(self, path: str, **asked: str) -> str:
        """A page that is there."""
        response = await self.client.get(path, params=asked)
        text = await response.text()
        assert response.status == 200, text
        return text

    async def post(self, path: str, page: str, **fields: str) -> ClientResponse:
        """As the form on `page` is sent; the redirect is not followed."""
        token = await self.token(page)
        data = {"csrf_token": token, **fields}
        return await self.client.post(path, data=data, allow_redirects=False)

    async def token(self, page: str) -> str:
        found = _TOKEN.search(await self.get(page))
        assert found is not None, f"no form on {page}"
        return unescape(found.group(1))


async def lags() -> list[GroupLag]:
    """Nobody is behind."""
    return [GroupLag(group="charts", topic="events", partition=0, records=3, seconds=1.5)]


@asynccontextmanager
async def site(
    clickhouse: Engine,
    folder: Path,
    environ: Mapping[str, str] | None = None,
    *,
    project: Project = PROJECT,
    plans: tuple[Plan, ...] = (),
    asked: Callable[[], Awaitable[list[GroupLag]]] = lags,
) -> AsyncIterator[Site]:
    """`environ`: SN_* beyond the defaults. `asked`: how far the groups are, in the broker's place."""
    settings = load_settings({"SN_DATA_DIR": str(folder), **(environ or {})})
    labels, lag, written = Labels(), LagWatch(asked), Written()
    async with Reader(clickhouse) as reader:
        sources = Sources(
            settings=settings,
            project=project,
            plans=plans,
            reader=reader,
            labels=labels,
            lag=lag,
            live=Live(pause=0.05, settles=0.2),
        )
        parts, seals = put_together(sources, Standing(), written, LaneBoard())
        api = ChartsApi(reader, labels, lag, project, key=settings.charts_key)
        served = application(parts, seals, api=api.middlewares(), routes=api.routes())
        jar = CookieJar(unsafe=True)
        async with TestClient(TestServer(served), cookie_jar=jar) as client:
            yield Site(client=client, parts=parts, written=written)
