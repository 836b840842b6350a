"""What every answer says to the browser, and how refusals and defects look."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from sinks.charts.engine import QueryError
from sinks.charts.parameters import ParameterError
from sinks.console.pages import Pages
from streams.contracts.errors import RejectedError, TransientError
from streams.observe import metrics

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Not no-referrer: forms would then say that their origin is null.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_log = structlog.get_logger()


def guard(response: web.StreamResponse, path: str) -> None:
    """Before it is sent. Pages are nobody's to keep; static files are asked for again each time."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    kept = "no-cache" if path.startswith("/static/") else "no-store"
    response.headers.setdefault("Cache-Control", kept)


def answered(pages: Pages) -> Middleware:
    """Every refusal becomes a page that says why; every defect one that does not."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await _answer(pages, request, handler)
        route = request.match_info.route.resource
        name = route.canonical if route is not None else "-"
        metrics.count("console_requests", route=name, status=str(response.status))
        return response

    return answer


async def _answer(pages: Pages, request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (ParameterError, QueryError, RejectedError) as error:
        return _refused(pages, request, HTTPStatus.BAD_REQUEST, str(error))
    except TransientError as error:
        text = f"{error} (try again in a moment)"
        return _refused(pages, request, HTTPStatus.SERVICE_UNAVAILABLE, text)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        response = _refused(pages, request, HTTPStatus(error.status), error.text or error.reason)
        for name in ("Allow", "Retry-After"):
            if name in error.headers:
                response.headers[name] = error.headers[name]
        return response
    except Exception:  # noqa: BLE001 - a defect: logged whole, told without its inside
        _log.exception("console_page_failed", path=request.path)
        text = "this is a defect; the log of this process has it"
        return _refused(pages, request, HTTPStatus.INTERNAL_SERVER_ERROR, text)


def _refused(pages: Pages, request: web.Request, status: HTTPStatus, text: str) -> web.Response:
    return pages.render(
        request, "refused.html", status=status, title=status.phrase, number=status.value, text=text
    )
