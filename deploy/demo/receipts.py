"""Waits until a notification has its outcome, many at once with one question."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

_EVERY = 0.25  # seconds between two questions
_PATIENCE = 30.0
_SQL = "SELECT DISTINCT receipt_id FROM outcomes WHERE receipt_id IN ({names})"
Query = Callable[[str], Awaitable[list[dict[str, Any]]]]


class Receipts:
    """`query`: asks ClickHouse."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._waiting: dict[str, asyncio.Event] = {}
        self._asking: asyncio.Task[None] | None = None

    async def settled(self, receipt: str) -> None:
        """Gives up after a while: what is missing then is missed by who counts in the end."""
        self._waiting[receipt] = asyncio.Event()
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._waiting[receipt].wait()
        except TimeoutError:
            return
        finally:
            self._waiting.pop(receipt, None)

    async def _ask(self) -> None:
        while self._waiting:
            await asyncio.sleep(_EVERY)
            names = ", ".join(f"'{name}'" for name in self._waiting)
            for row in await self._query(_SQL.format(names=names)) if names else []:
                if row["receipt_id"] in self._waiting:
                    self._waiting[row["receipt_id"]].set()
