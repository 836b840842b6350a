"""The real door, but for a token's rate and day: a benchmark posts more than a store does."""

import asyncio
import os
import sys

import uvloop

from ingress.app import notifications_door
from ingress.config import Limits
from streams.settings.environment import load_settings
from streams.settings.project_file import load_project


async def _serve(port: int) -> None:
    settings = load_settings({**os.environ, "SN_NOTIFICATIONS_PORT": str(port)})
    project = load_project(settings.project)
    limits = Limits(token_per_second=10**6, token_day_bytes=10**13)
    async with notifications_door(settings, project, limits):
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(_serve(int(sys.argv[1])))
