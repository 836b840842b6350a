"""Opens what the pages are given, for whichever process serves them."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Middleware

from sinks.charts.lag_watch import LagWatch
from sinks.charts.last_received import Labels
from sinks.charts.reader import Reader
from sinks.console.access import Access, Way, way_in
from sinks.console.application import application
from sinks.console.audit import Audit
from sinks.console.live import Live
from sinks.console.pages import Pages
from sinks.console.parts import Parts, Sending
from sinks.console.password import read_hash
from sinks.console.secret import signing_secret
from sinks.console.session import Seals
from sinks.delivery.plan import Plan
from sinks.delivery.standing import Standing
from streams.contracts.project import Project
from streams.contracts.step import Record
from streams.contracts.topics import CONTROL
from streams.kafka.follower import Follower
from streams.kafka.producer import Producer
from streams.settings.environment import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What the process that serves the console has already."""

    settings: Settings
    project: Project
    plans: tuple[Plan, ...]
    reader: Reader
    labels: Labels
    lag: LagWatch
    live: Live


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """Open: its followers follow, its producer produces."""

    parts: Parts
    seals: Seals
    problem: Callable[[], str | None]

    def application(
        self, api: Sequence[Middleware] = (), routes: Sequence[web.RouteDef] = ()
    ) -> web.Application:
        return application(self.parts, self.seals, api=api, routes=routes)


@asynccontextmanager
async def opened(sources: Sources) -> AsyncIterator[Console]:
    """Raise ConfigError where others could come in unasked."""
    kafka = sources.settings.kafka
    way_in(sources.settings)
    async with AsyncExitStack() as stack:
        standing = Standing()
        follower = Follower(kafka, CONTROL, _following(standing, sources.live))
        await follower.start()
        stack.push_async_callback(follower.stop)
        producer = await stack.enter_async_context(Producer(kafka, client_id="console"))
        parts, seals = put_together(sources, standing, producer)
        yield Console(parts=parts, seals=seals, problem=follower.problem)


def put_together(sources: Sources, standing: Standing, producer: Sending) -> tuple[Parts, Seals]:
    settings = sources.settings
    seals = _seals(settings)
    way = way_in(settings)
    access = Access(way, seals, settings.console_proxy_header)
    parts = Parts(
        settings=settings,
        project=sources.project,
        plans=sources.plans,
        reader=sources.reader,
        labels=sources.labels,
        lag=sources.lag,
        standing=standing,
        producer=producer,
        access=access,
        audit=Audit(producer),
        live=sources.live,
        pages=Pages(seals, sources.project.name, leavable=way is Way.PASSWORD),
    )
    return parts, seals


def _following(standing: Standing, live: Live) -> Callable[[Record], None]:
    def follow(record: Record) -> None:
        standing.on_record(record)
        live.tell("destinations")

    return follow


def _seals(settings: Settings) -> Seals:
    hashed = settings.console_password_hash
    if hashed is not None:
        read_hash(hashed.reveal())
    return Seals(signing_secret(settings), hashed.reveal() if hashed is not None else "")
