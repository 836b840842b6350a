"""A customer, and a purchase: what is held now, and what happened, told in sentences."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from sinks.charts.columns import sub_key
from sinks.charts.reader import Parameters
from sinks.console.customers_queries import (
    MOST_EVENTS,
    NAMES,
    SUBSCRIPTIONS,
    TIMELINE_OF_CUSTOMER,
    TIMELINE_OF_PURCHASE,
    TOLD_OF,
    Folded,
    Names,
    ToldOf,
)
from sinks.console.notification_queries import rows_as
from sinks.console.parts import Parts
from sinks.console.paths import PATHS, PURCHASES, any_of
from sinks.console.reasons import TONES
from sinks.console.sentences import sentence
from sinks.console.standing import Entitlement, Holding, entitlements, holdings
from sinks.console.told import Told
from streams.observe import clock

_OF_CUSTOMER = ("app_id", "customer_id")
_KEY = ("app_id", "store", "environment", "purchase_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Newest first. `cut`: there was more than is shown."""

    events: tuple[Told, ...]
    sentences: tuple[str, ...]
    holdings: tuple[Holding, ...]
    entitlements: tuple[Entitlement, ...]
    cut: bool


def routes(parts: Parts) -> list[web.RouteDef]:
    page = _Customer(parts)
    return [
        web.get("/".join(("/customers", *map(any_of, _OF_CUSTOMER))), page.customer),
        web.get("/".join((PURCHASES, *map(any_of, _KEY))), page.purchase),
    ]


class _Customer:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def customer(self, request: web.Request) -> web.Response:
        app_id, asked = (request.match_info[name] for name in _OF_CUSTOMER)
        answer = await self._parts.reader.ask(NAMES, {"app": app_id, "id": asked})
        (names,) = rows_as(answer, Names)
        if not names.events:
            text = f"no event of app {app_id!r} names this customer: search for a part of the id"
            raise web.HTTPNotFound(text=text)
        ids = {"app": app_id, "ids": list(names.ids)}
        life = await self._life(app_id, TIMELINE_OF_CUSTOMER, ids)
        return self._parts.pages.render(
            request,
            "customer.html",
            app_id=app_id,
            asked=asked,
            names=names,
            aliases=sorted(name for name in names.ids if name and name != names.shown_id),
            purchases=sorted({event.purchase_key for event in life.events}),
            life=life,
            **PATHS,
        )

    async def purchase(self, request: web.Request) -> web.Response:
        parts = [request.match_info[name] for name in _KEY]
        app_id, store, key = parts[0], parts[1], "/".join(parts)
        asked: dict[str, object] = {"app": app_id, "key": key}
        life, answer = await asyncio.gather(
            self._life(app_id, TIMELINE_OF_PURCHASE, asked),
            self._parts.reader.ask(TOLD_OF, asked | {"store": store}),
        )
        told = rows_as(answer, ToldOf)
        if not life.events and not told:
            raise web.HTTPNotFound(text="nothing is known of this purchase: search for its id")
        return self._parts.pages.render(
            request,
            "purchase.html",
            key=key,
            app_id=app_id,
            store=store,
            environment=parts[2],
            purchase_id=parts[3],
            owners=_owners(life.events, told),
            waiting=_waiting(told),
            told=told,
            life=life,
            tones=TONES,
            **PATHS,
        )

    async def _life(self, app_id: str, question: str, asked: Parameters) -> Life:
        found = rows_as(await self._parts.reader.ask(question, asked), Told)
        events = found[:MOST_EVENTS]
        keys = sorted({sub_key(event.subscription_id) for event in events})
        folded: tuple[Folded, ...] = ()
        if keys:
            answer = await self._parts.reader.ask(SUBSCRIPTIONS, {"app": app_id, "keys": keys})
            folded = rows_as(answer, Folded)
        held = holdings(folded, events, clock.now())
        return Life(
            events=events,
            sentences=tuple(map(sentence, events)),
            holdings=held,
            entitlements=entitlements(held),
            cut=len(found) > MOST_EVENTS,
        )


def _owners(events: tuple[Told, ...], told: tuple[ToldOf, ...]) -> tuple[str, ...]:
    """The newest first; more than one where it was transferred."""
    names = (event.customer_id for event in events), (one.customer_id for one in told)
    return tuple(dict.fromkeys(name for some in names for name in some if name))


def _waiting(told: tuple[ToldOf, ...]) -> str:
    """The newest receipt that is parked; empty when the purchase is tracked."""
    if any(one.tracked for one in told):
        return ""
    return next((one.receipt_id for one in told if one.kind == "parked"), "")
