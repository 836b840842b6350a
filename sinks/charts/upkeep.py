"""What an operator tells the charts process to do with its tables, over HTTP: it alone opens ClickHouse."""

from aiohttp import web

from sinks.charts.rebuild import Rebuild
from streams.contracts.codec import encode

_JSON = "application/json"


class Upkeep:
    """Routes beside the charts API's own; its middlewares answer for their errors."""

    def __init__(self, rebuild: Rebuild) -> None:
        self._rebuild = rebuild

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v1/rebuild", self.rebuild),
            web.post("/v1/rebuild", self.start_rebuild),
        ]

    async def rebuild(self, _request: web.Request) -> web.Response:
        return _answer(self._rebuild.progress)

    async def start_rebuild(self, request: web.Request) -> web.Response:
        """Begin one, or join the one under way."""
        _unasked(request)
        self._rebuild.start()
        return _answer(self._rebuild.progress)


def _unasked(request: web.Request) -> None:
    """A page of another origin can't send this content type without being allowed to."""
    if request.content_type != _JSON:
        raise web.HTTPUnsupportedMediaType(text=f"send {_JSON}, as in {{}}")


def _answer(value: object) -> web.Response:
    return web.Response(body=encode(value), content_type=_JSON)
