"""What an operator tells the charts process to do with its tables, over HTTP: it alone opens ClickHouse."""

import asyncio
from concurrent.futures import Executor
from functools import partial
from typing import Protocol

from aiohttp import web

from sinks.charts.door import ERASURES
from sinks.charts.erase import Erasure
from sinks.charts.parameters import ParameterError
from sinks.charts.rebuild import Rebuild
from streams.contracts.codec import encode, read_json
from streams.contracts.project import Project

_JSON = "application/json"


class Erasing(Protocol):
    """Who erases; it blocks, in the thread that writes."""

    def erase(self, app_id: str, customer_id: str) -> Erasure: ...


class Upkeep:
    """Routes beside the charts API's own; its middlewares answer for their errors."""

    def __init__(
        self, rebuild: Rebuild, erasing: Erasing, writing: Executor, project: Project
    ) -> None:
        self._rebuild = rebuild
        self._erasing = erasing
        self._apps = [app.app_id for app in project.apps]
        self._writing = writing

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v1/rebuild", self.rebuild),
            web.post("/v1/rebuild", self.start_rebuild),
            web.post(ERASURES, self.erase),
        ]

    async def rebuild(self, _request: web.Request) -> web.Response:
        return _answer(self._rebuild.progress)

    async def start_rebuild(self, request: web.Request) -> web.Response:
        """Begin one, or join the one under way."""
        _unasked(request)
        self._rebuild.start()
        return _answer(self._rebuild.progress)

    async def erase(self, request: web.Request) -> web.Response:
        _unasked(request)
        asked = read_json(await request.read())
        app, customer = (_text(asked, name) for name in ("app", "customer"))
        self._must_know(app)
        erase = partial(self._erasing.erase, app, customer)
        return _answer(await asyncio.get_running_loop().run_in_executor(self._writing, erase))

    def _must_know(self, app: str) -> None:
        """Nobody would be found in an app whose name is mistyped, and somebody believed to be erased."""
        if app not in self._apps:
            raise ParameterError(
                f"app is {app[:64]!r}: project.toml has {', '.join(self._apps) or 'none'}; one that has"
                " left it is named there again until the customer is erased"
            )


def _text(asked: object, name: str) -> str:
    value = asked.get(name) if isinstance(asked, dict) else None
    if not isinstance(value, str) or not value:
        raise ParameterError(f'{name}: send {{"app": "...", "customer": "..."}}')
    return value


def _unasked(request: web.Request) -> None:
    """A page of another origin can't send this content type without being allowed to."""
    if request.content_type != _JSON:
        raise web.HTTPUnsupportedMediaType(text=f"send {_JSON}, as in {{}}")


def _answer(value: object) -> web.Response:
    return web.Response(body=encode(value), content_type=_JSON)
