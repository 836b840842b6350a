"""GET /v1/trackings/{id}: what became of a purchase that a backend posted.

A post is answered 202 before its purchase is known to be one. Its record in purchases.posted and its
outcomes (topic notifications.outcomes) are followed here, those of the last 7 days: `pending` until
there is an outcome, then `tracked`, `rejected` with the reason, `failed` by a defect of ours, or
`needs_credentials`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from msgspec import Struct

from ingress.callers import Callers
from ingress.refusal import JSON_HEADERS, Refusal
from ingress.topic_copy import Following, LocalCopy, local_copy
from streams.contracts.codec import decode, encode, write_json
from streams.contracts.errors import MalformedError
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.purchase import PostedPurchase
from streams.contracts.step import Record
from streams.contracts.topics import OUTCOMES, POSTED
from streams.contracts.words import Origin
from streams.observe import clock
from streams.observe.background import kept_running
from streams.settings.kafka import KafkaSettings

KEPT = timedelta(days=7)
# The first of these that an outcome says is told: a purchase without an environment is tried in both.
_STATUSES = {
    OutcomeKind.TRACKED: "tracked",
    OutcomeKind.REJECTED: "rejected",
    OutcomeKind.BUG: "failed",
    OutcomeKind.NEEDS_CREDENTIALS: "needs_credentials",
}
_PENDING = "pending"
_log = structlog.get_logger()


class Known(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`posted` None: an outcome came before the post was read, which is in another topic."""

    posted: PostedPurchase | None = None
    outcomes: tuple[Outcome, ...] = ()


class Trackings:
    """Posts by their tracking id, and the route's one handler."""

    def __init__(
        self, callers: Callers, kafka: KafkaSettings, copy: LocalCopy, deadline: float
    ) -> None:
        since = clock.now() - KEPT
        self._callers = callers
        self._copy = copy
        self.followed = tuple(
            Following(kafka, topic, keep, deadline, since=since)
            for topic, keep in ((POSTED, self._keep_post), (OUTCOMES, self._keep_outcome))
        )

    async def get(self, request: web.Request) -> web.Response:
        app = self._callers.app(request)
        asked = request.match_info["tracking_id"]
        for topic in self.followed:
            await topic.caught_up()
        known = self._get(asked)
        if known.posted is None or known.posted.app_id != app.app_id:
            text = f"no post of this app in the last {KEPT.days} days has this tracking id"
            raise Refusal(HTTPStatus.NOT_FOUND, text, why="tracking")
        body = write_json(tracking_answer(known.posted, known.outcomes))
        return web.Response(body=body, headers=JSON_HEADERS)

    def _get(self, tracking_id: str) -> Known:
        value = self._copy.get(tracking_id.encode())
        return Known() if value is None else decode(value, Known)

    def _keep_post(self, record: Record) -> None:
        try:
            posted = decode(record.value, PostedPurchase)
        except MalformedError as error:  # verify makes it a dead letter; nobody can ask for it
            _log.error("post_not_read", offset=record.offset, reason=str(error))
            return
        known = self._get(posted.tracking_id)
        self._put(posted.tracking_id, Known(posted=posted, outcomes=known.outcomes))

    def _keep_outcome(self, record: Record) -> None:
        if b'"post"' not in record.value:  # one of many: those of notifications are passed over
            return
        try:
            outcome = decode(record.value, Outcome)
        except MalformedError as error:
            _log.error("outcome_not_read", offset=record.offset, reason=str(error))
            return
        if outcome.origin is Origin.POST and outcome.kind in _STATUSES:
            known = self._get(outcome.receipt_id)
            outcomes = with_outcome(known.outcomes, outcome)
            self._put(outcome.receipt_id, Known(posted=known.posted, outcomes=outcomes))

    def _put(self, tracking_id: str, known: Known) -> None:
        self._copy.put(tracking_id.encode(), encode(known))


def with_outcome(outcomes: tuple[Outcome, ...], told: Outcome) -> tuple[Outcome, ...]:
    """The last one of each kind and purchase; a repetition adds nothing."""
    name = (told.kind, told.purchase_key)
    return (*(each for each in outcomes if (each.kind, each.purchase_key) != name), told)


def tracking_answer(posted: PostedPurchase, outcomes: tuple[Outcome, ...]) -> dict[str, Any]:
    """`purchases`: what it was tracked as, and whose each is by the project's restore setting."""
    ranked = sorted(outcomes, key=lambda outcome: list(_STATUSES).index(outcome.kind))
    tracked = [outcome for outcome in ranked if outcome.kind is OutcomeKind.TRACKED]
    return {
        "tracking_id": posted.tracking_id,
        "status": _STATUSES[ranked[0].kind] if ranked else _PENDING,
        "store": posted.store,
        "app_user_id": posted.customer_id,
        "received_at": posted.received_at.isoformat(),
        "purchases": [
            {
                "purchase_key": outcome.purchase_key,
                "environment": outcome.environment,
                "app_user_id": outcome.customer_id,
            }
            for outcome in sorted(tracked, key=lambda outcome: outcome.purchase_key)
        ],
        "reason": (ranked[0].reason or None) if ranked else None,
        "detail": (ranked[0].detail or None) if ranked else None,
    }


@asynccontextmanager
async def trackings_copy(
    callers: Callers, kafka: KafkaSettings, folder: Path, deadline: float
) -> AsyncIterator[Trackings]:
    """A copy in `folder`, which is emptied first; kept while inside."""
    with local_copy(folder) as copy:
        trackings = Trackings(callers, kafka, copy, deadline)
        async with kept_running(*(topic.follow() for topic in trackings.followed)):
            yield trackings
