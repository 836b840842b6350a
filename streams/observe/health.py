"""`/healthz`, `/readyz` and `/metrics` of a process, on its private port, telling the truth.

Live: the process does its work; when not, a restart may help. Ready: it can serve now; when not,
leave it alone and send the work elsewhere. Each is asked at the moment of the request.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from streams.contracts.codec import write_json
from streams.observe import metrics
from streams.observe.listening import listening, runner_of

Check = Callable[[], str | None]
"""None: good; else the reason, for a person to read."""


def _good() -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    live: Check = _good
    ready: Check = _good


def routes(health: Health) -> list[web.RouteDef]:
    """The three routes, for an application that has a private port already."""

    async def healthz(_request: web.Request) -> web.Response:
        return _answer(health.live())

    async def readyz(_request: web.Request) -> web.Response:
        return _answer(health.live() or health.ready())

    return [
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
        web.get("/metrics", _metrics),
    ]


@asynccontextmanager
async def serve_health(host: str, port: int, health: Health) -> AsyncIterator[int]:
    """Serve while inside; gives the port. Port 0 serves nothing: the role has none."""
    if port == 0:
        yield 0
        return
    application = web.Application()
    application.add_routes(routes(health))
    async with listening(runner_of(application), host, port, "SN_HEALTH_PORT"):
        yield port


async def _metrics(_request: web.Request) -> web.Response:
    return web.Response(
        body=metrics.exposition(),
        headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
    )


def _answer(reason: str | None) -> web.Response:
    body = {"status": "ok"} if reason is None else {"status": "failing", "reason": reason}
    return web.Response(
        body=write_json(body),
        status=200 if reason is None else 503,
        content_type="application/json",
    )
