"""One attempt: the destination's requests, sent, and what their answers mean.

A destination's own code is pure, so an exception in it is a bug that would come again: the delivery
is dead with reason `bug`, and nothing else stops. One in the sending is a bug too, but of the moment
or of this destination's address: it is tried again, and no other destination feels it.
"""

import asyncio
from datetime import datetime
from typing import Protocol

import structlog

from sinks.delivery.attempts import Timing
from sinks.delivery.client import Answer
from sinks.delivery.delivery import Delivery
from sinks.delivery.ending import Tried
from sinks.delivery.plan import Plan
from sinks.destinations.base import (
    DELIVERED,
    Request,
    Response,
    Sending,
    Verdict,
    VerdictKind,
)
from streams.observe import clock

BUG = "bug"
_log = structlog.get_logger()


class Transport(Protocol):
    """What sends: the guarded client."""

    async def send(self, request: Request, *, until: float, private: bool = False) -> Answer: ...


class Sender:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def attempt(self, plan: Plan, delivery: Delivery, *, shadow: bool = False) -> Tried:
        """Send, unless in shadow; never raises for what the destination or its code does."""
        now = clock.now()
        sending = Sending(now=now, attempt=delivery.attempts + 1, replay=delivery.replay)
        try:
            requests = plan.destination.requests(delivery.event, sending)
        except Exception as error:  # noqa: BLE001 - pure code: it would fail for ever
            return Tried(verdict=_bug(plan, delivery, error), started_at=now)
        if shadow or not requests:
            size = sum(len(request.body) for request in requests)
            return Tried(verdict=DELIVERED, started_at=now, request_bytes=size, shadow=shadow)
        return await self._send_all(plan, delivery, requests, now)

    async def _send_all(
        self, plan: Plan, delivery: Delivery, requests: tuple[Request, ...], started_at: datetime
    ) -> Tried:
        """In order, until one is not delivered; the last that was sent tells how it went."""
        until = asyncio.get_running_loop().time() + plan.timeout.total_seconds()
        answer = await self._sent(plan, delivery, requests[0], until)
        verdict = _verdict(plan, delivery, answer)
        for request in requests[1:]:
            if verdict.kind is not VerdictKind.DELIVERED:
                break
            answer = await self._sent(plan, delivery, request, until)
            verdict = _verdict(plan, delivery, answer)
        return Tried(
            verdict=verdict,
            started_at=started_at,
            detail=answer.detail,
            response=answer.response,
            timing=answer.timing,
            request_bytes=sum(len(request.body) for request in requests),
        )

    async def _sent(self, plan: Plan, delivery: Delivery, request: Request, until: float) -> Answer:
        try:
            return await self._transport.send(request, until=until, private=plan.allow_private)
        except Exception as error:  # noqa: BLE001 - one address must not end the lanes of all others
            _tell_bug(plan, delivery, error)
            return Answer(timing=Timing(), reason=BUG, detail=type(error).__name__)


def _verdict(plan: Plan, delivery: Delivery, answer: Answer) -> Verdict:
    if answer.response is None:
        return Verdict(kind=VerdictKind.RETRY, reason=answer.reason)
    return _judged(plan, delivery, answer.response)


def _judged(plan: Plan, delivery: Delivery, response: Response) -> Verdict:
    try:
        return plan.destination.judge(response)
    except Exception as error:  # noqa: BLE001 - pure code: it would fail for ever
        return _bug(plan, delivery, error)


def _bug(plan: Plan, delivery: Delivery, error: Exception) -> Verdict:
    _tell_bug(plan, delivery, error)
    return Verdict(kind=VerdictKind.DEAD, reason=BUG)


def _tell_bug(plan: Plan, delivery: Delivery, error: Exception) -> None:
    _log.error(
        "destination_bug",
        destination=plan.name,
        event_id=delivery.event.id,
        exc_info=error,
    )
