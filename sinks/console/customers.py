"""Customers: found by any id of theirs, of a purchase or of a transaction."""

import asyncio
from datetime import timedelta

from aiohttp import web

from sinks.console.customers_queries import (
    MOST_FOUND,
    RECENT,
    RECENT_DAYS,
    SEARCH,
    UNTRACKED,
    FoundCustomer,
    UntrackedPurchase,
)
from sinks.console.notification_queries import rows_as
from sinks.console.notifications_asked import printable
from sinks.console.parts import Parts
from sinks.console.paths import PATHS
from streams.observe import clock


def routes(parts: Parts) -> list[web.RouteDef]:
    return [web.get("/customers", _Customers(parts).show)]


class _Customers:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def show(self, request: web.Request) -> web.Response:
        q, app = (printable(name, request.query.get(name, "").strip()) for name in ("q", "app"))
        found, untracked = await (self._search(q, app) if q else self._recent(app))
        return self._parts.pages.render(
            request,
            "customers.html",
            q=q,
            app=app,
            apps=self._parts.project.apps,
            found=found,
            untracked=untracked,
            most=MOST_FOUND,
            days=RECENT_DAYS,
            **PATHS,
        )

    async def _search(
        self, q: str, app: str
    ) -> tuple[tuple[FoundCustomer, ...], tuple[UntrackedPurchase, ...]]:
        asked = {"q": q, "app": app}
        found, untracked = await asyncio.gather(
            self._parts.reader.ask(SEARCH, asked), self._parts.reader.ask(UNTRACKED, asked)
        )
        return rows_as(found, FoundCustomer), rows_as(untracked, UntrackedPurchase)

    async def _recent(
        self, app: str
    ) -> tuple[tuple[FoundCustomer, ...], tuple[UntrackedPurchase, ...]]:
        """Minutes are whole, so that a page that is asked for again is the same question."""
        since = clock.now().replace(second=0, microsecond=0) - timedelta(days=RECENT_DAYS)
        found = await self._parts.reader.ask(RECENT, {"app": app, "since": since})
        return rows_as(found, FoundCustomer), ()
