"""How the demo's small servers serve: on an address of this machine, until they are told to stop."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from deploy.local.site import HOST

_SHUTDOWN = 0.1  # seconds that requests under way have to end


@asynccontextmanager
async def listening(
    application: web.Application, host: str = HOST, port: int = 0
) -> AsyncIterator[str]:
    """Its address; port 0: any free one."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def until_stopped() -> None:
    """Returns at SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
