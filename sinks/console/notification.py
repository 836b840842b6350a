"""One notification: the way it took, what is in it, what it led to, and what can be done about it."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from sinks.console.content import Content, content_of
from sinks.console.notification_queries import (
    ATTEMPTS,
    EVENTS,
    OUTCOMES,
    ROWS,
    TIMES,
    AttemptOf,
    Found,
    KeptRow,
    OutcomeOf,
    Times,
    rows_as,
    span_of,
)
from sinks.console.notification_way import way
from sinks.console.parts import Parts
from sinks.console.paths import PATHS, any_of, notification_path
from sinks.console.reasons import STOPPED, TONES, Explanation, explained
from sinks.console.redaction import redacted_headers, redacted_text
from sinks.console.replay import completed, lacks_credential, replayed
from sinks.console.sentences import sentence
from sinks.console.told import Told
from sinks.console.tracking import named, tracked
from streams.contracts.outcome import OutcomeKind
from streams.kafka.places import Place, record_at
from streams.observe import clock

_PATH = f"/notifications/{any_of('receipt_id')}"
_DAY = timedelta(days=1)
_NOT_KEPT = (
    "No notification with this receipt is kept: they are for 400 days, and a moment after they came"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why it went no further, when it did not."""

    reason: str
    detail: str
    told: Explanation


def routes(parts: Parts) -> list[web.RouteDef]:
    page = _Notification(parts)
    return [
        web.get(_PATH, page.show),
        web.post(f"{_PATH}/track", page.track),
        web.post(f"{_PATH}/replay", page.replay),
    ]


class _Notification:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def show(self, request: web.Request) -> web.Response:
        found = await self._found(request)
        return self._parts.pages.render(
            request,
            "notification.html",
            found=found,
            first=found.first,
            kinds=tuple(dict.fromkeys(one.kind for one in found.outcomes)),
            type=next((o.notification_type for o in found.outcomes if o.notification_type), ""),
            purchase_key=purchase_of(found),
            customer_id=next((o.customer_id for o in found.outcomes if o.customer_id), ""),
            way=way(found),
            trouble=trouble_of(found),
            parked=parked_purchase(found),
            trackable=named(parked_purchase(found)) is not None,
            content=_content(found.first),
            headers=redacted_headers(found.first.request_headers),
            sentences={event.event_id: sentence(event) for event in found.events},
            attempts=_by_event(found.attempts),
            tones=TONES,
            **PATHS,
        )

    async def track(self, request: web.Request) -> web.Response:
        """Joins the purchase that the notification is parked for to the customer of the form."""
        found = await self._found(request)
        app_user_id = str((await request.post()).get("app_user_id", ""))
        purchase_key = parked_purchase(found)
        posted, out = tracked(purchase_key, app_user_id, self._parts.project, clock.now())
        await self._parts.audit.note(
            request, "purchase.track", purchase_key, app_user_id=posted.customer_id
        )
        await self._parts.producer.send(out)
        self._parts.live.tell_settled("notifications", "customers")
        text = f"Posted: the purchase is tracked for {posted.customer_id}, and what waited is applied in a moment."
        return self._back(request, found, text)

    async def replay(self, request: web.Request) -> web.Response:
        """Puts its bytes into notifications.raw again."""
        found = await self._found(request)
        out = replayed(await self._whole(found.first))
        await self._parts.audit.note(request, "notification.replay", found.first.receipt_id)
        await self._parts.producer.send(out)
        self._parts.live.tell_settled("notifications")
        text = "Put into notifications.raw again, untouched: its outcome is here in a moment."
        return self._back(request, found, text)

    async def _whole(self, row: KeptRow) -> KeptRow:
        if not lacks_credential(row):
            return row
        place = Place.read(row.source)
        found = await record_at(self._parts.settings.kafka, place) if place is not None else None
        return completed(row, found)

    def _back(self, request: web.Request, found: Found, text: str) -> web.Response:
        return self._parts.pages.back(request, notification_path(found.first.receipt_id), text)

    async def _found(self, request: web.Request) -> Found:
        """Raise HTTPNotFound when nothing is kept of it."""
        asked = {"receipt": request.match_info["receipt_id"]}
        rows, outcomes, events = await asyncio.gather(
            *(self._parts.reader.ask(question, asked) for question in (ROWS, OUTCOMES, EVENTS))
        )
        kept = rows_as(rows, KeptRow)
        if not kept:
            raise web.HTTPNotFound(text=_NOT_KEPT)
        told = rows_as(events, Told)
        times, attempts = await self._led_to(told) if told else ((), ())
        return Found(
            rows=kept,
            outcomes=rows_as(outcomes, OutcomeOf),
            events=told,
            times=times,
            attempts=attempts,
        )

    async def _led_to(
        self, events: tuple[Told, ...]
    ) -> tuple[tuple[Times, ...], tuple[AttemptOf, ...]]:
        ids = [event.event_id for event in events]
        first, last = span_of(events)
        times, attempts = await asyncio.gather(
            self._parts.reader.ask(TIMES, {"events": ids, "first": first, "last": last}),
            self._parts.reader.ask(ATTEMPTS, {"events": ids, "since": first - _DAY}),
        )
        return rows_as(times, Times), rows_as(attempts, AttemptOf)


def parked_purchase(found: Found) -> str:
    """The key that it waits for; empty when it does not wait, or not any more."""
    kinds = {outcome.kind for outcome in found.outcomes}
    if OutcomeKind.PARKED.value not in kinds or any(o.tracked for o in found.outcomes):
        return ""
    return purchase_of(found)


def purchase_of(found: Found) -> str:
    """Of several keys the one that was told last: an alias leads from one to the next."""
    return next((o.purchase_key for o in reversed(found.outcomes) if o.purchase_key), "")


def trouble_of(found: Found) -> Trouble | None:
    """By its last outcome, or by a dead letter of which there is none."""
    last = found.outcomes[-1] if found.outcomes else None
    if last is not None and last.kind not in STOPPED:
        return None
    dead = found.dead
    if last is None and dead is None:
        return None
    reason = (last.reason if last else "") or (dead.reason if dead else "")
    detail = (dead.detail if dead else "") or (last.detail if last else "")
    return Trouble(
        reason=reason, detail=redacted_text(detail), told=explained(reason, found.first.store)
    )


def _content(row: KeptRow) -> Content:
    return content_of(row.store, row.bytes)


def _by_event(attempts: tuple[AttemptOf, ...]) -> dict[str, tuple[AttemptOf, ...]]:
    ids = dict.fromkeys(one.event_id for one in attempts)
    return {name: tuple(one for one in attempts if one.event_id == name) for name in ids}
