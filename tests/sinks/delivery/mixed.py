"""Fifty destinations of mixed health: five apps, ten kinds each; what each must get, and what it did."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson
from aiohttp import web

from streams.contracts.event import Event, EventType
from streams.contracts.words import Environment
from tests.conftest import free_ports
from tests.sinks.events import event

APPS = 5
# Kind to what its destination's table has besides, and whether what it takes can be delivered.
KINDS: dict[str, tuple[str, bool]] = {
    "healthy": ("", True),
    "renewals": ('event_types = ["renewal"]', True),
    "sandbox": ('environment = "SANDBOX"', True),
    "slow": ("", True),
    "flaky": ("", True),  # the first attempt at a third of the events is a 500
    "large": ("", True),  # 200 and a body without end
    "down": ("", False),
    "gone": ("", False),
    "hang": ("", False),
    "refused": ("", False),
}
_TABLE = """
[[destinations]]
name = "{name}"
type = "webhook"
url = "http://127.0.0.1:{port}/{name}"
apps = ["{app}"]
timeout = "2s"
allow_private = true
allow_insecure = true
{more}
"""
# Of the ids, which are spread evenly. If all failed at first, the breaker would rightly stay open for
# most of the test: ten in a row are a receiver that is down.
_A_THIRD = "55555555-"
Pair = tuple[str, str]
"""A destination's name and an event's id."""


def kind_of(name: str) -> str:
    return name.rpartition("-")[2]


def can_be_delivered_to(name: str) -> bool:
    return KINDS[kind_of(name)][1]


@dataclass(slots=True, kw_only=True)
class Arrived:
    """`accepted`: answered with a 2xx, how often. `posts`: everything, with its monotonic time."""

    accepted: Counter[Pair] = field(default_factory=Counter)
    posts: list[tuple[float, Pair]] = field(default_factory=list)


class Site:
    """The receiver of all of them, the project that names them, and the events."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.apps = [f"{base}-{n}" for n in range(APPS)]
        self.arrived = Arrived()
        self._seen: set[Pair] = set()
        self._port = 0

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_post("/{name}", self._post)
        self._runner = web.AppRunner(
            application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    def write_project(self, folder: Path) -> Path:
        (nobody,) = free_ports(1)
        tables = [f'[project]\nname = "mixed"\n{self._apps()}']
        for name, app, kind in self._destinations():
            port = nobody if kind == "refused" else self._port
            more = KINDS[kind][0]
            tables.append(_TABLE.format(name=name, port=port, app=app, more=more))
        file = folder / "project.toml"
        file.write_text("".join(tables))
        return file

    def events(self, count: int) -> list[Event]:
        """To the apps in turn; every third a renewal, every fifth from the sandbox."""
        return [
            event(
                f"{self.base}/{n}",
                EventType.INITIAL_PURCHASE if n % 3 else EventType.RENEWAL,
                app_id=self.apps[n % APPS],
                customer_id=f"u-{n % 97}",
                environment=Environment.PRODUCTION if n // APPS % 5 else Environment.SANDBOX,
            )
            for n in range(count)
        ]

    def expected(self, told: Iterable[Event]) -> set[Pair]:
        """By the kinds' own words, not by the code under test."""
        return {
            (name, one.id)
            for one in told
            for name, app, kind in self._destinations()
            if app == one.app_id
            and (kind != "renewals" or one.type is EventType.RENEWAL)
            and (kind != "sandbox" or one.environment is Environment.SANDBOX)
        }

    def _apps(self) -> str:
        return "".join(f'[[apps]]\nid = "{app}"\n' for app in self.apps)

    def _destinations(self) -> Sequence[tuple[str, str, str]]:
        return [(f"{app}-{kind}", app, kind) for app in self.apps for kind in KINDS]

    async def _post(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        pair = (name, orjson.loads(await request.read())["event"]["id"])
        self.arrived.posts.append((time.monotonic(), pair))
        fails = pair not in self._seen and pair[1] < _A_THIRD
        self._seen.add(pair)
        kind = kind_of(name)
        if kind == "hang":
            await asyncio.sleep(3600)
        if kind == "slow":
            await asyncio.sleep(0.05)
        status = {"down": 500, "gone": 410, "flaky": 500 if fails else 200}.get(kind, 204)
        if status < 300:
            self.arrived.accepted[pair] += 1
        return await _endless(request) if kind == "large" else web.Response(status=status)


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    with suppress(ConnectionError):  # the client has had enough, or was killed
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)
    return response
