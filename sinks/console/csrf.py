"""A change comes from a form that this console rendered for this session, or it is none."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from aiohttp.typedefs import Middleware

from sinks.console.pages import SESSION
from sinks.console.session import Seals

FIELD = "csrf_token"
_FORM = "application/x-www-form-urlencoded"
_READS = frozenset({"GET", "HEAD"})
_OLD = "this form is too old, or was not made here: go back, load the page again, and send it again"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def proven_forms(seals: Seals) -> Middleware:
    """Behind access: there is a session."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method not in _READS:
            session = request.get(SESSION)
            token = (await _form(request)).get(FIELD)
            if session is None or not isinstance(token, str) or not seals.is_token(token, session):
                raise web.HTTPForbidden(text=_OLD)
        return await handler(request)

    return check


async def _form(request: web.Request) -> Mapping[str, object]:
    if request.content_type != _FORM:
        raise web.HTTPUnsupportedMediaType(text=f"a change is sent as a form: {_FORM}")
    try:
        return await request.post()
    except (LookupError, UnicodeDecodeError) as error:
        raise web.HTTPBadRequest(text="the form is not UTF-8") from error
