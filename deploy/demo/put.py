"""What the demo's store APIs are told: what they answer from then on. Known before it is said.

Many who tell at once go together in one request, in the order in which they came.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

PATH = "/demo/answers"


class Put(NamedTuple):
    """Google answers `answer` for the `name` of a `kind` (subscriptions, orders, ...). `kind`
    app_store or stripe: `answer` is what the store said, whose API shows what follows from it."""

    kind: str
    name: str
    answer: dict[str, Any]


Send = Callable[[Sequence[Put]], Awaitable[None]]


@dataclass(slots=True)
class _Batch:
    """Grows until it is sent; once more when that failed."""

    puts: list[Put] = field(default_factory=list)
    sent: bool = False


class Putting:
    """`send` takes a batch to the APIs."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._batch = _Batch()
        self._sending = asyncio.Lock()

    async def put(self, puts: Sequence[Put]) -> None:
        """Returns when the APIs know it."""
        if not puts:
            return
        batch = self._batch
        batch.puts += puts
        async with self._sending:
            if batch.sent:
                return
            if batch is self._batch:
                self._batch = _Batch()
            await self._send(batch.puts)
            batch.sent = True
