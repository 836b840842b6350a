"""The way in by password, and out again."""

import asyncio
from math import ceil

import structlog
from aiohttp import web

from sinks.console.access import OPERATOR, Way
from sinks.console.parts import Parts
from sinks.console.password import WrongOnes, is_password
from streams.observe import clock

_log = structlog.get_logger()
_WRONG = "That is not the password."


def routes(parts: Parts) -> list[web.RouteDef]:
    door = _Login(parts)
    return [
        web.get("/login", door.show),
        web.post("/login", door.enter),
        web.post("/logout", door.leave),
    ]


class _Login:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._wrong = WrongOnes()
        self._one_at_a_time = asyncio.Lock()

    async def show(self, request: web.Request) -> web.Response:
        if self._parts.access.way is not Way.PASSWORD:
            return self._parts.pages.back(request, "/")
        return self._page(request, request.query.get("next", "/"), "")

    async def enter(self, request: web.Request) -> web.Response:
        if self._parts.access.way is not Way.PASSWORD:
            raise web.HTTPForbidden(text="there is no password to be given here")
        form = await request.post()
        wanted = str(form.get("next", "/"))
        async with self._one_at_a_time:  # a try takes memory and time
            self._patient()
            right = await self._is_right(str(form.get("password", "")))
        if not right:
            return self._page(request, wanted, _WRONG, status=401)
        await self._parts.audit.write("session.enter", OPERATOR, who=OPERATOR)
        response = self._parts.pages.back(request, own(wanted))
        self._parts.access.enter(request, response, OPERATOR)
        return response

    async def leave(self, request: web.Request) -> web.Response:
        response = self._parts.pages.back(request, "/login")
        self._parts.access.leave(response)
        return response

    def _patient(self) -> None:
        seconds = ceil(self._wrong.wait(clock.monotonic()))
        if seconds:
            raise web.HTTPTooManyRequests(
                text=f"too many wrong passwords: try again in {seconds} s",
                headers={"Retry-After": str(seconds)},
            )

    async def _is_right(self, password: str) -> bool:
        kept = self._parts.settings.console_password_hash
        if kept is None:
            return False
        right = await asyncio.to_thread(is_password, password, kept.reveal())
        if right:
            self._wrong.forget()
        else:
            self._wrong.add(clock.monotonic())
            _log.warning("console_wrong_password")
        return right

    def _page(
        self, request: web.Request, wanted: str, problem: str, status: int = 200
    ) -> web.Response:
        return self._parts.pages.render(
            request, "login.html", status=status, wanted=own(wanted), problem=problem
        )


def own(path: str) -> str:
    """`path` when it is one of this console, else its home: nobody is led elsewhere by a link."""
    plain = path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
