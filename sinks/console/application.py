"""The console put together: its pages, what every request to it passes, and the charts API beside it."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Middleware

from sinks.charts.api import MOST_BODY
from sinks.charts.door import OPEN
from sinks.console import (
    charts,
    customer,
    customers,
    destination,
    destinations,
    login,
    notification,
    notifications,
    setup,
    stores,
)
from sinks.console.csrf import proven_forms
from sinks.console.parts import Parts
from sinks.console.security import answered, guard
from sinks.console.session import Seals

STATIC = Path(__file__).parent / "static"
PAGES = (
    login,
    stores,
    setup,
    notifications,
    notification,
    customers,
    customer,
    destinations,
    destination,
    charts,
)  # a line a page
_API = "/v1/"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(
    parts: Parts,
    seals: Seals,
    *,
    api: Sequence[Middleware] = (),
    routes: Iterable[web.RouteDef] = (),
) -> web.Application:
    """The console; `routes` of the charts API and of health pass `api` instead of its middlewares."""
    console = (answered(parts.pages), parts.access.middleware, proven_forms(seals))
    made = web.Application(client_max_size=MOST_BODY, middlewares=[_apart(api, console)])
    made.add_routes([*routes, *parts.live.routes()])
    for page in PAGES:
        made.add_routes(page.routes(parts))
    made.router.add_static("/static/", STATIC)
    made.on_response_prepare.append(_guard)
    made.on_shutdown.append(_end(parts))
    return made


def _apart(api: Sequence[Middleware], console: Sequence[Middleware]) -> Middleware:
    """Programs ask the one, people the other; each has its own door."""

    @web.middleware
    async def pass_own(request: web.Request, handler: Handler) -> web.StreamResponse:
        for one in reversed(api if _is_api(request.path) else console):
            handler = partial(one, handler=handler)
        return await handler(request)

    return pass_own


def _is_api(path: str) -> bool:
    return path.startswith(_API) or path in OPEN


async def _guard(request: web.Request, response: web.StreamResponse) -> None:
    if not _is_api(request.path):
        guard(response, request.path)


def _end(parts: Parts) -> Callable[[web.Application], Awaitable[None]]:
    async def end(_application: web.Application) -> None:
        parts.live.end()

    return end
