"""A vendor's API on loopback: each says, from the vendor's documentation, what it takes and refuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import orjson
from aiohttp import web


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - whatever was sent
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(status: int, told: object, **headers: str) -> Answered:
    return Answered(status=status, body=orjson.dumps(told), headers=headers)


class Vendor:
    """`kept`: what it took, by the id by which it drops copies. `copies`: how many it dropped."""

    def __init__(self) -> None:
        self.kept: dict[object, dict[str, Any]] = {}
        self.copies = 0
        self.asked = 0
        self.url = ""

    def answer(self, asked: Asked) -> Answered:
        raise NotImplementedError

    def keep(self, key: object, told: dict[str, Any]) -> None:
        if key in self.kept:
            self.copies += 1
            return
        self.kept[key] = told

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=8 * 1024 * 1024)
        application.router.add_post("/{path:.*}", self._post)
        self._runner = web.AppRunner(
            application, access_log=None, handle_signals=False, shutdown_timeout=0.1
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    async def _post(self, request: web.Request) -> web.Response:
        self.asked += 1
        asked = Asked(
            path=request.path,
            query=request.query,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
        )
        found = self.answer(asked)
        return web.Response(status=found.status, body=found.body, headers=found.headers)
