"""Loops that run beside a server: none of them may end, or fail without anybody noticing."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager


@asynccontextmanager
async def kept_running(*loops: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run them while inside. The error of one that fails ends the inside, and is raised from it."""
    owner = asyncio.current_task()
    tasks = [asyncio.create_task(loop) for loop in loops]

    def ended(_task: asyncio.Task[None]) -> None:
        if owner is not None:
            owner.cancel()

    for task in tasks:
        task.add_done_callback(ended)
    try:
        yield
    except asyncio.CancelledError:
        _raise_failure(tasks)
        raise
    finally:
        for task in tasks:
            task.remove_done_callback(ended)
            task.cancel()
        await asyncio.wait(tasks)


def _raise_failure(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        if task.done() and not task.cancelled():
            task.result()
