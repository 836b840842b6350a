"""Stores, the home: which store talks to us, since when it does not, and why."""

from aiohttp import web

from sinks.console.parts import Parts


def routes(parts: Parts) -> list[web.RouteDef]:
    return [web.get("/", _Stores(parts).show)]


class _Stores:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def show(self, request: web.Request) -> web.Response:
        apps = self._parts.labels.of(self._parts.project)
        return self._parts.pages.render(request, "stores.html", apps=apps)
