"""The composition of both doors: what is made from what, opened in this order, closed in reverse."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from http import HTTPStatus

import structlog
from aiohttp import web

from ingress.callers import Callers
from ingress.config import MIB, Limits
from ingress.customers import customers_copy
from ingress.identities import Identities
from ingress.notifications import Notifications
from ingress.publisher import Publisher
from ingress.purchases import Purchases
from ingress.refusal import Refusal, busy
from ingress.subscribers import Subscribers
from ingress.trackings import trackings_copy
from ingress.unknown import UnknownTokens
from streams.observe import metrics
from streams.observe.background import kept_running
from streams.observe.connections import PRIVATE, SILENT, Connections
from streams.observe.health import Health, routes, serve_health
from streams.observe.listening import SHUTDOWN, listening, runner_of
from streams.settings.environment import Settings
from streams.settings.project_file import ProjectFile
from streams.settings.public_url import require_public_url

_API_BODY = 4 * MIB
_ANY_CUSTOMER = "{app_user_id:[^/]+}"  # aiohttp's own pattern takes no braces, which some ids have
_BACKLOG = 1024  # connections that wait to be taken
_log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def notifications_door(
    settings: Settings, project: ProjectFile, limits: Limits
) -> AsyncIterator[int]:
    """Listen for stores while inside; gives the port. Raise ConfigError where others reach it and
    the project does not say at which address."""
    require_public_url(settings.host, project.public_url, settings.project)
    publisher = _publisher(settings, "notifications", limits)
    unknown = UnknownTokens(publisher)
    notifications = Notifications(project.tokens(), publisher, unknown, limits)
    runner = web.ServerRunner(public(notifications, limits), shutdown_timeout=SHUTDOWN)
    health = Health(ready=publisher.why_down)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serve_health(settings.host, settings.health_port, health))
        await stack.enter_async_context(publisher.running())
        await stack.enter_async_context(unknown.telling())
        await stack.enter_async_context(kept_running(notifications.measure_on()))
        place = settings.host, settings.notifications_port, "SN_NOTIFICATIONS_PORT"
        yield await stack.enter_async_context(listening(runner, *place, backlog=_BACKLOG))


def public(notifications: Notifications, limits: Limits) -> Connections:
    """Its server. Bodies are kept as sent, and what can't be read as a request gets into no log."""
    return Connections(notifications.answer, limits.patience, logger=SILENT, auto_decompress=False)


@asynccontextmanager
async def api_door(settings: Settings, project: ProjectFile, limits: Limits) -> AsyncIterator[int]:
    """Listen for the operator's backends while inside; gives the port."""
    publisher = _publisher(settings, "api", limits)
    callers = Callers(project.backend_keys(), project.project)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(publisher.running())
        folder = settings.data_dir / f"api-{settings.slot}" / "customers"
        deadline = limits.ack_deadline.total_seconds()
        customers = await stack.enter_async_context(
            customers_copy(settings.kafka, folder, deadline)
        )
        trackings = await stack.enter_async_context(
            trackings_copy(callers, settings.kafka, folder.with_name("trackings"), deadline)
        )
        health = Health(ready=lambda: publisher.why_down() or customers.why_not_ready())
        application = web.Application(client_max_size=_API_BODY, middlewares=[_answered])
        purchases = Purchases(callers, publisher, limits)
        application.router.add_post("/v1/purchases", purchases.post)
        application.router.add_post("/v1/receipts", purchases.receipt)
        application.router.add_get("/v1/trackings/{tracking_id}", trackings.get)
        application.router.add_get(
            f"/v1/subscribers/{_ANY_CUSTOMER}", Subscribers(callers, customers).get
        )
        identities = Identities(callers, publisher, limits)
        for whose in ("customers", "subscribers"):
            named = f"/v1/{whose}/{_ANY_CUSTOMER}"
            application.router.add_post(f"{named}/attributes", identities.attributes)
            application.router.add_post(f"{named}/alias", identities.alias)
        application.add_routes(routes(health))
        place = settings.host, settings.api_port, "SN_API_PORT"
        patience = replace(PRIVATE, connections=limits.connections)
        opened = listening(runner_of(application, patience), *place, backlog=_BACKLOG)
        yield await stack.enter_async_context(opened)


def _publisher(settings: Settings, role: str, limits: Limits) -> Publisher:
    name = f"ingress-{role}-{settings.slot}"
    return Publisher(settings.kafka, client_id=name, deadline=limits.ack_deadline)


@web.middleware
async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every refusal and every defect becomes its answer here."""
    try:
        response = await handler(request)
    except Refusal as refusal:
        response = refusal.response()
    except web.HTTPException as error:
        response = Refusal(HTTPStatus(error.status), error.reason).response()
    except Exception:  # noqa: BLE001 - a defect of ours: logged, and the caller asks again
        _log.exception("request_failed", route=_route(request))
        response = busy("not done; ask again", why="bug").response()
    metrics.count("api_requests", route=_route(request), status=str(response.status))
    return response


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return "-" if resource is None else resource.canonical
