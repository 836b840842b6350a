"""What an operator does to a destination: try it out, pause, resume, reset, replay.

By the functions that the commands call; each change is in the audit topic before it is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from sinks.charts.parameters import ParameterError
from sinks.console.destinations import plan_of
from sinks.console.pages import segment
from sinks.console.parts import Parts
from sinks.console.replays import Replays
from sinks.delivery.plan import Plan
from sinks.delivery.replaying import NotDeliveredToError
from sinks.delivery.standing import Decided, Decision, decision_out
from sinks.delivery.try_out import NothingToSendError, try_out
from streams.observe import clock

_LONGEST = 200  # characters of a reason
_DEFAULT_REASON = "by an operator"
_VERBS: Mapping[Decided | None, str] = {
    Decided.PAUSED: "pause",
    Decided.ACTIVE: "resume",
    None: "reset",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How a TEST event went; `lines` for people, without secrets."""

    at: datetime
    is_delivered: bool
    lines: tuple[str, ...]


class Changes:
    """`answers`: the last one to a TEST event, by destination."""

    def __init__(self, parts: Parts, replays: Replays) -> None:
        self._parts = parts
        self._replays = replays
        self.answers: dict[str, Answered] = {}

    def routes(self) -> list[web.RouteDef]:
        at = "/destinations/{name}"
        return [
            web.post(f"{at}/test", self.test),
            web.post(f"{at}/pause", self.pause),
            web.post(f"{at}/resume", self.resume),
            web.post(f"{at}/reset", self.reset),
            web.post(f"{at}/count", self.count),
            web.post(f"{at}/replay", self.replay),
        ]

    async def test(self, request: web.Request) -> web.Response:
        plan = plan_of(self._parts, request)
        await self._parts.audit.note(request, "destination.test", plan.name)
        try:
            told = await try_out(plan, self._parts.project)
        except NothingToSendError as error:
            raise ParameterError(str(error)) from error
        self.answers[plan.name] = Answered(
            at=clock.now(), is_delivered=told.is_delivered, lines=tuple(told.lines())
        )
        said = "delivered" if told.is_delivered else "not delivered: see the answer"
        return self._back(request, plan, f"TEST event sent: {said}.")

    async def pause(self, request: web.Request) -> web.Response:
        plan = plan_of(self._parts, request)
        await self._decide(request, plan, Decided.PAUSED)
        return self._back(
            request, plan, "Paused: its events go to the dead letters until it is resumed."
        )

    async def resume(self, request: web.Request) -> web.Response:
        """With what it missed, when that is ticked."""
        plan = plan_of(self._parts, request)
        missed = (await request.post()).get("missed") == "on"
        await self._decide(request, plan, Decided.ACTIVE, missed="yes" if missed else "no")
        if not missed:
            return self._back(request, plan, "Resumed.")
        self._replays.send_missed(plan.name)
        return self._back(request, plan, "Resumed; what it missed is on its way in a moment.")

    async def reset(self, request: web.Request) -> web.Response:
        plan = plan_of(self._parts, request)
        await self._decide(request, plan, None)
        return self._back(request, plan, f"Reset: it stands as the file says, {plan.state}.")

    async def count(self, request: web.Request) -> web.Response:
        """Changes nothing: it only reads."""
        plan = plan_of(self._parts, request)
        try:
            self._replays.count(plan.name, await request.post())
        except NotDeliveredToError as error:
            raise ParameterError(f"replay: {error}") from error
        return self._back(request, plan)

    async def replay(self, request: web.Request) -> web.Response:
        plan = plan_of(self._parts, request)
        job = self._replays.job(plan.name)
        asked = job.text if job is not None else ""
        await self._parts.audit.note(request, "destination.replay", plan.name, asked=asked)
        number = (await request.post()).get("job", "")
        try:
            self._replays.send(plan.name, str(number))
        except NotDeliveredToError as error:
            raise ParameterError(f"replay: {error}") from error
        return self._back(request, plan, "The replay is on its way.")

    async def _decide(
        self, request: web.Request, plan: Plan, state: Decided | None, **details: str
    ) -> None:
        """Known here at once, so that the page that follows shows it; to the others the topic tells."""
        reason = _reason(await request.post())
        what = _VERBS[state]
        await self._parts.audit.note(
            request, f"destination.{what}", plan.name, reason=reason, **details
        )
        decision = None
        if state is not None:
            decision = Decision(state=state, reason=reason, decided_at=clock.now())
        await self._parts.producer.send(decision_out(plan.name, decision))
        self._parts.standing.decide(plan.name, decision)

    def _back(self, request: web.Request, plan: Plan, message: str = "") -> web.Response:
        return self._parts.pages.back(request, f"/destinations/{segment(plan.name)}", message)


def _reason(form: Mapping[str, object]) -> str:
    value = form.get("reason", "")
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable():
        raise ParameterError(f"reason: at most {_LONGEST} printable characters")
    return value.strip() or _DEFAULT_REASON
