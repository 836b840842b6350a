"""What one record of purchases.pointers leads to: the store is asked, and its answer or failure told.

An answer that was asked again because it was stale, and one that waited for credentials, are told as
the message's own only once: what is asked again counts as a refresh.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import structlog

from streams.contracts import topics
from streams.contracts.codec import encode
from streams.contracts.dead import dead_letter
from streams.contracts.errors import (
    CredentialsRefusedError,
    RejectedError,
    ThrottledError,
    TransientError,
)
from streams.contracts.ids import AppId, StoreName
from streams.contracts.inbox import to_inbox
from streams.contracts.outcome import Outcome, OutcomeKind, stamped
from streams.contracts.purchase import Pointer
from streams.contracts.step import Out, Record
from streams.contracts.words import Origin
from streams.lookup.again import asked_again, is_fresh, postponed, was_answered
from streams.lookup.api import UNKNOWN
from streams.lookup.asking import StoreLookup
from streams.lookup.pointers import unanswered
from streams.lookup.posts import with_tracking
from streams.observe import clock, metrics

_DETAIL = 300  # characters
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """`lookups`: of each app's store whose API is set."""

    lookups: Mapping[tuple[AppId, StoreName], StoreLookup]

    async def answer(self, record: Record, pointer: Pointer) -> tuple[Out, ...]:
        """Never raises what a store or a message can cause."""
        lookup = self.lookups.get((pointer.app_id, pointer.store))
        if lookup is None:
            metrics.count("pointers_waiting", store=pointer.store)
            return unanswered(record, pointer, clock.now())
        try:
            return await self._asked(lookup, record, pointer)
        except RejectedError as error:
            later = _not_known_yet(record, pointer, error)
            _count(pointer, "stale" if later else "rejected")
            kind = OutcomeKind.REJECTED
            return later or _dead(record, pointer, kind, error.reason, str(error))
        except Exception as error:  # noqa: BLE001 - a defect of ours: one record never stops the role
            _log.exception("lookup_bug", store=pointer.store, type=pointer.type)
            _count(pointer, "bug")
            return _dead(record, pointer, OutcomeKind.BUG, "bug", type(error).__name__)

    async def _asked(
        self, lookup: StoreLookup, record: Record, pointer: Pointer
    ) -> tuple[Out, ...]:
        """The answer, or what waits for one; raise RejectedError when it waited for too long."""
        try:
            return await self._found(lookup, record, pointer)
        except CredentialsRefusedError as error:
            _log.error("credentials_refused", app_id=pointer.app_id, reason=str(error))
            _count(pointer, "refused")
            return unanswered(record, pointer, clock.now(), reason=str(error))
        except TransientError as error:
            later = postponed(record, pointer, error, clock.now())
            _count(pointer, "throttled" if isinstance(error, ThrottledError) else "failed")
            return later

    async def _found(
        self, lookup: StoreLookup, record: Record, pointer: Pointer
    ) -> tuple[Out, ...]:
        asked = _as_refresh(pointer) if was_answered(record) else pointer
        found = await lookup.look_up(asked)
        _count(pointer, "stale" if found.stale else "found")
        outs = tuple(to_inbox(one) for one in with_tracking(asked, found.records))
        return (*outs, *asked_again(record, clock.now(), answered=True)) if found.stale else outs


def _as_refresh(pointer: Pointer) -> Pointer:
    moves_label = pointer.origin is Origin.NOTIFICATION
    return replace(pointer, origin=Origin.REFRESH) if moves_label else pointer


def _not_known_yet(record: Record, pointer: Pointer, error: RejectedError) -> tuple[Out, ...]:
    """A store may say something of a purchase before its own API knows it."""
    pushed = pointer.origin is Origin.NOTIFICATION and error.reason == UNKNOWN
    if not pushed or not is_fresh(pointer, clock.now()):
        return ()
    return asked_again(record, clock.now(), answered=was_answered(record))


def _dead(
    record: Record, pointer: Pointer, kind: OutcomeKind, reason: str, detail: str
) -> tuple[Out, ...]:
    """It goes no further. Of a question that nobody's message asked there is no outcome."""
    dead = dead_letter(record, reason=reason, detail=detail)
    if pointer.origin is Origin.REFRESH:
        return (dead,)
    outcome = Outcome(
        kind=kind,
        app_id=pointer.app_id,
        store=pointer.store,
        received_at=pointer.received_at,
        receipt_id=pointer.receipt_id,
        origin=pointer.origin,
        notification_id=pointer.notification_id,
        notification_type=pointer.type,
        customer_id=pointer.hint.get("customer_id", ""),
        reason=reason,
        detail=detail[:_DETAIL],
        occurred_at=pointer.occurred_at,
    )
    (told,) = stamped([outcome], record)
    key = f"{pointer.app_id}/{pointer.store}".encode()
    return (dead, Out(topic=topics.OUTCOMES, key=key, value=encode(told)))


def _count(pointer: Pointer, result: str) -> None:
    metrics.count("lookups", store=pointer.store, result=result)
