"""Check connection, for the command: asks the charts API what came, and looks at the public URL."""

import asyncio
from typing import Any

from streams.contracts.codec import convert
from streams.contracts.connection import Known, judge
from streams.contracts.errors import StoreNotificationsError
from streams.contracts.finding import Finding, wrong
from streams.contracts.outcome import LastReceived
from streams.observe import clock
from streams.observe.ask import get
from streams.observe.probe import probe
from streams.settings.environment import Settings
from streams.settings.setup_page import SetupPage


async def check_connection(page: SetupPage, settings: Settings) -> tuple[Finding, ...]:
    """What is found, the way here first; never empty."""
    seen, told = await asyncio.gather(
        probe(page.url) if page.url else _nothing(), _told(page, settings)
    )
    received, strangers, untold = told
    known = Known(
        store=page.store,
        token_problem=page.token_problem,
        secret_problem=page.secret_problem,
        unset=page.unset_options,
        received=received,
        unknown_token_posts=strangers,
        probe=seen,
        told=not untold,
    )
    return (*judge(known, clock.now()), *untold)


async def _nothing() -> None:
    return None


async def _told(
    page: SetupPage, settings: Settings
) -> tuple[LastReceived | None, int, tuple[Finding, ...]]:
    """The label, how many posts came to an unknown token, and why neither is known."""
    try:
        labels = await get(settings.charts_url, "/v1/last-received", key=settings.charts_key)
    except StoreNotificationsError as error:
        remedy = "Start python -m sinks charts, or set SN_CHARTS_URL to where it listens."
        return None, 0, (wrong(f"What came is not known: {error}", remedy),)
    found = _label(labels, page)
    if found is None:
        text = f"The running services do not know app {page.app_id} with this store yet."
        return None, 0, (wrong(text, "Restart them: project.toml is read at start."),)
    received = convert({**found, "app_id": page.app_id}, LastReceived)
    return received, int(found["unknown_token_posts"]), ()


def _label(labels: Any, page: SetupPage) -> dict[str, Any] | None:  # noqa: ANN401 - JSON
    for app in labels["apps"]:
        for store in app["stores"]:
            if (app["app_id"], store["store"]) == (page.app_id, page.store.store):
                return dict(store)
    return None
