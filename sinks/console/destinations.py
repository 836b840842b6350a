"""Destinations: how each webhook, integration and forward does, and what died on the way to it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from sinks.charts.delivery_health import DEAD, HEALTH, dead_asked, health_asked, healths
from sinks.console.parts import Parts
from sinks.delivery.health import Health, Logged, health_of, read_logged
from sinks.delivery.plan import Plan
from streams.observe import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Died:
    """Events that could not be delivered, of one destination and one reason."""

    destination: str
    reason: str
    events: int


def routes(parts: Parts) -> list[web.RouteDef]:
    return [web.get("/destinations", _Destinations(parts).show)]


class _Destinations:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def show(self, request: web.Request) -> web.Response:
        parts, now = self._parts, clock.now()
        logged = await logged_of(parts)
        shown = [health(parts, plan, logged) for plan in parts.plans]
        known = {plan.name for plan in parts.plans}
        return parts.pages.render(
            request,
            "destinations.html",
            healths=shown,
            died=[one for name in sorted(logged) for one in _died(name, logged[name])],
            known=known,
            processes=parts.lanes.processes(now),
            troubles=[one for one in shown if one.trouble],
        )


async def logged_of(parts: Parts, destination: str = "") -> dict[str, Logged]:
    """What the delivery log says, by destination; "": of all, those that the file lacks too."""
    now = clock.now()
    health, dead = await asyncio.gather(
        parts.reader.ask(HEALTH, health_asked(now, destination)),
        parts.reader.ask(DEAD, dead_asked(now, destination)),
    )
    return read_logged(healths(health, dead))


def health(parts: Parts, plan: Plan, logged: Mapping[str, Logged]) -> Health:
    return health_of(plan, parts.standing, parts.lanes, logged, clock.now())


def plan_of(parts: Parts, request: web.Request) -> Plan:
    """Raise HTTPNotFound with the names that there are."""
    name = request.match_info["name"]
    for plan in parts.plans:
        if plan.name == name:
            return plan
    known = ", ".join(plan.name for plan in parts.plans) or "none"
    raise web.HTTPNotFound(text=f"no destination {name!r} in the project file: it has {known}")


def _died(name: str, logged: Logged) -> list[Died]:
    return [
        Died(destination=name, reason=reason, events=events)
        for reason, events in logged.dead.items()
    ]
