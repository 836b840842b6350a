"""Who may come in: who is on this machine, who knows the password, or whom a trusted proxy names.

Without a password or a proxy it listens on loopback and answers to a loopback name alone, as the
charts API does; where that API has a key, being on this machine is not enough for the console either.
"""

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Middleware

from sinks.charts.door import is_loopback, local_only
from sinks.console.pages import SESSION, set_cookie
from sinks.console.session import LASTS, Seals, Session
from streams.contracts.errors import ConfigError
from streams.observe import clock
from streams.settings.environment import Settings

COOKIE = "sn_console"
LOCAL = "local"
OPERATOR = "operator"
_LOGIN, _STATIC = "/login", "/static/"
_REMEDY = (
    "set SN_CONSOLE_PASSWORD_HASH (python -m sinks console-password makes it), or"
    " SN_CONSOLE_PROXY_HEADER when a proxy of yours names the user"
)
_NAME = 200  # characters of a user's name
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Way(Enum):
    """How somebody proves who they are."""

    LOCAL = "local"
    PASSWORD = "password"  # noqa: S105 - a word
    PROXY = "proxy"
    CLOSED = "closed"


def way_in(settings: Settings) -> Way:
    """Raise ConfigError where others can reach the console and nothing asks who they are."""
    if settings.console_password_hash is not None and settings.console_proxy_header:
        raise ConfigError(
            "SN_CONSOLE_PASSWORD_HASH and SN_CONSOLE_PROXY_HEADER are both set: keep one"
        )
    if settings.console_password_hash is not None:
        return Way.PASSWORD
    if settings.console_proxy_header:
        return Way.PROXY
    if not is_loopback(settings.host):
        raise ConfigError(
            f"SN_HOST is {settings.host}, which others can reach, and the console asks nobody who"
            f" they are: {_REMEDY}; or SN_CONSOLE=0 serves none beside the charts API"
        )
    return Way.CLOSED if settings.charts_key is not None else Way.LOCAL


class Access:
    """The middleware, and the sessions that it gives."""

    def __init__(self, way: Way, seals: Seals, proxy_header: str = "") -> None:
        self.way = way
        self._seals = seals
        self._header = proxy_header

    @property
    def middleware(self) -> Middleware:
        @web.middleware
        async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._admit(request, handler)

        return admit

    def enter(self, request: web.Request, response: web.StreamResponse, who: str) -> None:
        """From this answer on the browser is `who`, in a session that it did not have before."""
        self._give(request, response, _new(who, clock.now()))

    def leave(self, response: web.StreamResponse) -> None:
        response.del_cookie(COOKIE, path="/")

    async def _admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(_STATIC):  # ours, and the same for everybody
            return await handler(request)
        self._refuse(request)
        known = self._known(request)
        session = known or _new(self._named(request), clock.now())
        request[SESSION] = session
        if not session.who and request.path != _LOGIN:
            raise web.HTTPSeeOther(f"{_LOGIN}?next={quote(_wanted(request), safe='/')}")
        response = await handler(request)
        if known is None and not response.prepared and COOKIE not in response.cookies:
            self._give(request, response, session)
        return response

    def _refuse(self, request: web.Request) -> None:
        if self.way is Way.LOCAL:
            local_only(request)
        if self.way is Way.CLOSED:
            raise web.HTTPForbidden(
                text=f"the charts API has a key here, so the console wants more too: {_REMEDY}"
            )

    def _known(self, request: web.Request) -> Session | None:
        """The session of its cookie, while it is still the same person's."""
        session = self._seals.session(request.cookies.get(COOKIE, ""), clock.now())
        if session is None or self.way is Way.PASSWORD:
            return session
        return session if session.who == self._named(request) else None

    def _named(self, request: web.Request) -> str:
        """Whom the way in itself names; nobody: there is a password to be given."""
        if self.way is Way.LOCAL:
            return LOCAL
        if self.way is Way.PROXY:
            return self._from_proxy(request)
        return ""

    def _from_proxy(self, request: web.Request) -> str:
        """One name only: two headers are what a proxy that forgot to strip lets through."""
        names = request.headers.getall(self._header, [])
        if len(names) != 1 or not names[0].strip():
            raise web.HTTPForbidden(
                text=f"the proxy in front has to name the user, once, in {self._header}"
            )
        return names[0].strip()[:_NAME]

    def _give(self, request: web.Request, response: web.StreamResponse, session: Session) -> None:
        value = self._seals.session_cookie(session)
        set_cookie(request, response, COOKIE, value, int(LASTS.total_seconds()))


def _new(who: str, now: datetime) -> Session:
    return Session(session_id=secrets.token_urlsafe(18), who=who, ends_at=now + LASTS)


def _wanted(request: web.Request) -> str:
    """Where to go after the login: a page, never the answer to a form."""
    return request.path_qs if request.method == "GET" and request.path != "/live" else "/"
