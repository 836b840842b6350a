"""What every store's history gives: pages of records for the topics where its notifications begin."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import structlog

from streams.contracts import topics
from streams.contracts.errors import CredentialsRefusedError, TransientError
from streams.contracts.ids import ReceiptId, StoreName
from streams.contracts.project import App
from streams.contracts.raw import RawNotification, RequestHeaders, raw_headers
from streams.contracts.step import Out
from streams.contracts.words import Environment, Origin

T = TypeVar("T")
_TRIES = 8
_FIRST_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=2)
_log = structlog.get_logger()


class History(Protocol):
    """Of one app at one store. `reach`: how far back the store keeps it."""

    @property
    def reach(self) -> timedelta: ...

    def pages(self, start: datetime, end: datetime) -> AsyncIterator[list[Out]]:
        """Of the notifications of that time, in any order; raise what `patiently` gives up on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One notification that a store kept. `name`: its own id, so that the receipt is the same again."""

    name: str
    environment: Environment
    body: bytes
    request_headers: RequestHeaders = ()


def as_raw(told: Told, app: App, store: StoreName, received_at: datetime) -> Out:
    """As if it had been pushed, but for its origin: it moves no label."""
    raw = RawNotification(
        receipt_id=ReceiptId(f"backfill/{told.name}"),
        app_id=app.app_id,
        store=store,
        environments=(told.environment,),
        token_hint="",
        received_at=received_at,
        origin=Origin.BACKFILL,
        request_headers=told.request_headers,
        body=told.body,
    )
    return Out(topic=topics.RAW, key=None, value=told.body, headers=raw_headers(raw))


async def patiently(question: Callable[[], Awaitable[T]]) -> T:
    """Ask until it is answered, for some minutes: a command may wait, saying so, where a role may not."""
    wait = _FIRST_WAIT
    for _ in range(_TRIES - 1):
        try:
            return await question()
        except CredentialsRefusedError:
            raise
        except TransientError as error:
            seconds = (error.retry_after or wait).total_seconds()
            _log.warning("store_did_not_answer", reason=str(error), again_in=seconds)
            await asyncio.sleep(seconds)
            wait = min(2 * wait, _LONGEST_WAIT)
    return await question()
