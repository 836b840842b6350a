"""What the demo's small servers share: they serve until they are told to stop."""

import asyncio
import signal


async def until_stopped() -> None:
    """Returns at SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
