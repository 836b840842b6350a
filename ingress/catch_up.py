"""Many readers that ask for the newest at once wait for one look at the topic's end, not for many."""

import asyncio
from collections.abc import Awaitable, Callable


class CatchUp:
    """`look`: returns when all that was there when it was called has been read."""

    def __init__(self, look: Callable[[], Awaitable[None]]) -> None:
        self._look = look
        self._looking: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None

    async def caught_up(self) -> None:
        """Return when a look has ended that began after this call.

        One that is under way may have asked for the end before; so all who come meanwhile share the
        one after it.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._look_after(self._looking))
            self._next.add_done_callback(_told)
        await asyncio.shield(self._next)

    async def _look_after(self, previous: asyncio.Task[None] | None) -> None:
        if previous is not None:
            await asyncio.wait([previous])
        self._looking, self._next = self._next, None
        await self._look()


def _told(look: asyncio.Task[None]) -> None:
    # Its readers got the error, if they still waited; nobody else needs to hear of it.
    if not look.cancelled():
        look.exception()
