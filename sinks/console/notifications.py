"""Notifications, newest first: what came, and what became of it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import web

from sinks.console.notification_queries import rows_as
from sinks.console.notifications_asked import KINDS, NONE_YET, TIMES, Asked, asked_of
from sinks.console.notifications_queries import (
    OUTCOMES,
    Listed,
    OutcomeRow,
    Sheet,
    parameters,
    sheet,
    statement,
    with_outcomes,
)
from sinks.console.parts import Parts
from sinks.console.paths import PATHS
from sinks.console.reasons import TONES
from streams.contracts.outcome import OutcomeKind
from streams.contracts.stores import BY_NAME
from streams.observe import clock

# An outcome's time is its notification's own or later; clocks of two doors may differ by a little.
_SLACK = timedelta(minutes=5)
_TIMES = {
    "1h": "1 hour",
    "24h": "24 hours",
    "7d": "7 days",
    "30d": "30 days",
    "400d": "400 days, all that is kept",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a select."""

    value: str
    text: str


def routes(parts: Parts) -> list[web.RouteDef]:
    return [web.get("/notifications", _Notifications(parts).show)]


class _Notifications:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def show(self, request: web.Request) -> web.Response:
        asked = asked_of(request.query)
        page = await self._page(asked)
        return self._parts.pages.render(
            request,
            "notifications.html",
            asked=asked,
            page=page,
            onward=f"/notifications?{asked.query(page.onward)}" if page.onward else "",
            newest=f"/notifications?{asked.query()}" if asked.cursor else "",
            tones=TONES,
            **self._choices(),
            **PATHS,
        )

    async def _page(self, asked: Asked) -> Sheet:
        bound = parameters(asked, clock.now())
        answer = await self._parts.reader.ask(statement(asked), bound)
        page = sheet(rows_as(answer, Listed))
        if not page.lines:
            return page
        receipts = [line.row.receipt_id for line in page.lines]
        since = min(line.row.received_at for line in page.lines) - _SLACK
        told = await self._parts.reader.ask(OUTCOMES, {"receipts": receipts, "since": since})
        return with_outcomes(page, rows_as(told, OutcomeRow))

    def _choices(self) -> dict[str, Any]:
        every = Choice(value="", text="all")
        apps = (Choice(value=app.app_id, text=app.name) for app in self._parts.project.apps)
        stores = (Choice(value=store.name, text=store.title) for store in BY_NAME.values())
        outcomes = (Choice(value=kind, text=kind.replace("_", " ")) for kind in _ASKED)
        return {
            "apps": (every, *apps),
            "stores": (every, *stores),
            "outcomes": (every, *outcomes, Choice(value=NONE_YET, text="none yet")),
            "times": tuple(Choice(value=name, text=_TIMES[name]) for name in TIMES),
        }


# A store's notification is never posted by a backend, nor is what tracks one.
_ASKED = tuple(
    kind
    for kind in KINDS
    if kind not in {OutcomeKind.POSTED, OutcomeKind.TRACKED, OutcomeKind.SKIPPED}
)
