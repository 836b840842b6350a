"""Setup of one store: the page that says what to click where, and a check of its connection."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from sinks.console.markdown import html_of
from sinks.console.parts import Parts
from streams.contracts.connection import Known, judge
from streams.contracts.errors import ConfigError
from streams.contracts.finding import Finding
from streams.contracts.ids import AppId, StoreName
from streams.contracts.reach import Probe
from streams.observe import clock
from streams.observe.probe import probe
from streams.settings.setup_page import SetupPage, load_setup_page

_KEPT = 30.0  # seconds that what a probe saw counts: the page comes anew with every notification
_TONES = {"ok": "good", "warning": "warn", "failed": "bad"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    url: str
    at: float  # monotonic
    probe: Probe


def routes(parts: Parts) -> list[web.RouteDef]:
    return [web.get("/setup/{app_id}/{store}", _Setup(parts).show)]


class _Setup:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._seen: dict[tuple[str, str], _Seen] = {}

    async def show(self, request: web.Request) -> web.Response:
        """With `?check`, what the check finds stands above the page."""
        app_id, store = request.match_info["app_id"], request.match_info["store"]
        page = await self._page(app_id, store)
        checked = "check" in request.query
        received, _ = self._parts.labels.received(page.app_id, page.store.store)
        return self._parts.pages.render(
            request,
            "setup.html",
            page=page,
            body=html_of(_without_title(page.markdown)),
            received=received,
            checked=checked,
            findings=await self._findings(page) if checked else (),
            tones=_TONES,
        )

    async def _page(self, app_id: str, store: str) -> SetupPage:
        known = {(app.app_id, one.store) for app in self._parts.project.apps for one in app.stores}
        if (AppId(app_id), StoreName(store)) not in known:
            raise web.HTTPNotFound(text="no app of this project has this store")
        try:
            return await asyncio.to_thread(load_setup_page, self._parts.settings, app_id, store)
        except ConfigError as error:
            raise web.HTTPConflict(text=str(error)) from error

    async def _findings(self, page: SetupPage) -> tuple[Finding, ...]:
        received, strangers = self._parts.labels.received(page.app_id, page.store.store)
        known = Known(
            store=page.store,
            token_problem=page.token_problem,
            secret_problem=page.secret_problem,
            unset=page.unset_options,
            received=received,
            unknown_token_posts=strangers,
            probe=await self._look(page),
        )
        return judge(known, clock.now())

    async def _look(self, page: SetupPage) -> Probe | None:
        if not page.url:
            return None
        key, now = (page.app_id, page.store.store), clock.monotonic()
        seen = self._seen.get(key)
        if seen is None or seen.url != page.url or now - seen.at > _KEPT:
            seen = _Seen(url=page.url, at=now, probe=await probe(page.url))
            self._seen[key] = seen
        return seen.probe


def _without_title(markdown: str) -> str:
    """The console's own heading stands above the check, which stands above the page."""
    return markdown.partition("\n")[2]
