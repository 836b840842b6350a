"""One destination: how it stands, its last attempts, and what an operator can do about it."""

import asyncio
from collections.abc import Mapping

from aiohttp import web

from sinks.charts.deliveries import ATTEMPTS
from sinks.console import attempts, destinations
from sinks.console.destination_changes import Answered, Changes
from sinks.console.parts import Parts
from sinks.console.replays import Replays
from sinks.forward.plans import TYPE as FORWARD
from streams.contracts.event import EventType


def routes(parts: Parts) -> list[web.RouteDef]:
    replays = Replays(parts)
    changes = Changes(parts, replays)
    page = _Destination(parts, replays, changes.answers)
    return [web.get("/destinations/{name}", page.show), *changes.routes()]


class _Destination:
    def __init__(self, parts: Parts, replays: Replays, answers: Mapping[str, Answered]) -> None:
        self._parts = parts
        self._replays = replays
        self._answers = answers

    async def show(self, request: web.Request) -> web.Response:
        parts = self._parts
        plan = destinations.plan_of(parts, request)
        asked = attempts.asked(request.query, plan.name)
        logged, answer = await asyncio.gather(
            destinations.logged_of(parts, plan.name),
            parts.reader.ask(ATTEMPTS, asked),
        )
        return parts.pages.render(
            request,
            "destination.html",
            plan=plan,
            health=destinations.health(parts, plan, logged),
            rows=attempts.rows(answer.records()),
            asked=request.query,
            filtered=any(request.query.get(name) for name in attempts.FILTERS),
            results=attempts.RESULTS,
            limits=attempts.LIMITS,
            types=tuple(EventType),
            is_forward=plan.type == FORWARD,
            job=self._replays.job(plan.name),
            answered=self._answers.get(plan.name),
        )
