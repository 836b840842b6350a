"""The progress bar of `python -m sinks charts rebuild`: asks the charts process until it is over."""

import asyncio
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from sinks.charts.ask import get, post
from streams.settings.secret import Secret

_PATH = "/v1/rebuild"
_ASK_EVERY = 0.3  # seconds
_OVER = {"done", "failed"}


async def show_rebuild(url: str, key: Secret | None) -> dict[str, Any]:
    """Start one, or join the one under way; how it ended."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} parts"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as bar:
        task = bar.add_task("folding", total=None)
        said: dict[str, Any] = await post(url, _PATH, {}, key)
        while said["state"] not in _OVER:
            total = said["parts"] or None
            bar.update(task, description=said["state"], completed=said["done"], total=total)
            await asyncio.sleep(_ASK_EVERY)
            said = await get(url, _PATH, key=key)
        bar.update(task, description=said["state"], completed=said["done"], total=said["parts"])
    return said
