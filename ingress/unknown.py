"""Posts to tokens that no app has: counted for each store, told every 10 s as outcomes.

A mistyped URL in a store's console looks like silence; this is how it is found.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from ingress.publisher import Publisher
from ingress.receipt_ids import new_receipt_id
from ingress.refusal import Refusal
from streams.contracts.codec import encode
from streams.contracts.ids import AppId, StoreName
from streams.contracts.outcome import Outcome, OutcomeKind
from streams.contracts.step import Out
from streams.contracts.topics import OUTCOMES
from streams.contracts.words import Origin
from streams.observe import clock, metrics
from streams.observe.background import kept_running

NO_APP = AppId("-")
_EVERY = 10.0  # seconds
_log = structlog.get_logger()


class UnknownTokens:
    """Counts in memory. What was not acknowledged is told again, under the same receipt id."""

    def __init__(self, publisher: Publisher, every: float = _EVERY) -> None:
        self._publisher = publisher
        self._every = every
        self._counts: Counter[StoreName] = Counter()
        self._untold: list[Out] = []

    def count(self, store: StoreName) -> None:
        self._counts[store] += 1
        metrics.count("ingress_unknown_token", store=store)

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Inside, the counts are told; what is left is told on the way out."""
        async with kept_running(self._tell_on()):
            yield
        await self.tell()

    async def tell(self) -> None:
        """Publish what was counted since the last time."""
        if not self._untold:
            self._untold = [_outcome(*counted) for counted in self._counts.items()]
            self._counts.clear()
        if not self._untold:
            return
        try:
            await self._publisher.publish_all(self._untold)
        except Refusal as refusal:
            _log.warning("unknown_tokens_not_told", reason=refusal.text)
        else:
            self._untold = []

    async def _tell_on(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            await self.tell()


def _outcome(store: StoreName, count: int) -> Out:
    now = clock.now()
    outcome = Outcome(
        kind=OutcomeKind.UNKNOWN_TOKEN,
        app_id=NO_APP,
        store=store,
        received_at=now,
        receipt_id=new_receipt_id(now),
        origin=Origin.NOTIFICATION,
        count=count,
    )
    return Out(topic=OUTCOMES, key=f"{NO_APP}/{store}".encode(), value=encode(outcome))
