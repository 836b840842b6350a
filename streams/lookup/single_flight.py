"""One question at a time about one thing: who comes while it is asked shares the next answer.

Not the running one: that may have been given before the news that brought them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Answers, and errors, are shared by all who wait for the same one."""

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[T]] = {}
        self._next: dict[str, asyncio.Task[T]] = {}

    async def ask(self, key: str, question: Callable[[], Awaitable[T]]) -> T:
        """The answer to a question that was put after this call."""
        task = self._next.get(key)
        if task is None:
            running = self._running.get(key)
            if running is None:
                task = self._started(self._running, key, self._put(key, question))
            else:
                task = self._started(self._next, key, self._after(running, key, question))
        return await asyncio.shield(task)

    def _started(
        self, tasks: "dict[str, asyncio.Task[T]]", key: str, work: Awaitable[T]
    ) -> "asyncio.Task[T]":
        task = asyncio.ensure_future(work)
        assert isinstance(task, asyncio.Task)
        task.add_done_callback(_read)
        tasks[key] = task
        return task

    async def _after(
        self, running: "asyncio.Task[T]", key: str, question: Callable[[], Awaitable[T]]
    ) -> T:
        await asyncio.wait([running])
        self._running[key] = self._next.pop(key)
        return await self._put(key, question)

    async def _put(self, key: str, question: Callable[[], Awaitable[T]]) -> T:
        try:
            return await question()
        finally:
            if self._running.get(key) is asyncio.current_task():
                del self._running[key]


def _read(task: "asyncio.Task[T]") -> None:
    """An error that all who waited had given up on is no surprise to the loop."""
    if not task.cancelled():
        task.exception()
