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
from sinks.delivery.lane_report import FRESH, LaneBoard
from sinks.delivery.plan import Plan
from sinks.delivery.standing import Standing
from streams.contracts.project import Project
from streams.contracts.step import Record
from streams.contracts.topics import CONTROL, LANES
from streams.kafka.follower import Follower
from streams.kafka.producer import Producer
from streams.observe import clock
from streams.settings.environment import Settings

# Each of many processes reports every few seconds; pages need not be fetched anew for each.
_REPORTS_APART = 3.0


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
        standing, lanes = Standing(), LaneBoard()
        decided = _telling(standing.on_record, sources.live)
        reported = _telling(lanes.on_record, sources.live, apart=_REPORTS_APART)
        decisions = Follower(kafka, CONTROL, decided)
        reports = Follower(kafka, LANES, reported, since=clock.now() - FRESH)
        for follower in (decisions, reports):
            await follower.start()
            stack.push_async_callback(follower.stop)
        producer = await stack.enter_async_context(Producer(kafka, client_id="console"))
        parts, seals = put_together(sources, standing, producer, lanes)
        yield Console(
            parts=parts, seals=seals, problem=lambda: decisions.problem() or reports.problem()
        )


def put_together(
    sources: Sources, standing: Standing, producer: Sending, lanes: LaneBoard
) -> tuple[Parts, Seals]:
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
        lanes=lanes,
        access=access,
        audit=Audit(producer),
        live=sources.live,
        pages=Pages(seals, sources.project.name, leavable=way is Way.PASSWORD),
    )
    return parts, seals


def _telling(
    learn: Callable[[Record], None], live: Live, *, apart: float = 0.0
) -> Callable[[Record], None]:
    """`apart`: seconds between two times that browsers are told, at least."""
    told_at = float("-inf")

    def follow(record: Record) -> None:
        nonlocal told_at
        learn(record)
        if clock.monotonic() - told_at >= apart:
            told_at = clock.monotonic()
            live.tell("destinations")

    return follow


def _seals(settings: Settings) -> Seals:
    hashed = settings.console_password_hash
    if hashed is not None:
        read_hash(hashed.reveal())
    return Seals(signing_secret(settings), hashed.reveal() if hashed is not None else "")
