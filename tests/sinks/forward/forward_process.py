"""The role forward as a process of its own, for tests that kill it.

python -m tests.sinks.forward.forward_process BOOTSTRAP GROUP URL APP
"""

import asyncio
import signal
import sys

import uvloop

from sinks.forward.role import forward_role
from streams.observe import logs
from streams.settings.kafka import KafkaSettings
from tests.sinks.forward.running import plans


async def run(bootstrap: str, group: str, url: str, app: str) -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    kafka = KafkaSettings(bootstrap=bootstrap)
    await forward_role(kafka, plans(url, app), group=group).run(told)


if __name__ == "__main__":
    logs.configure("forward")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(*sys.argv[1:5]))
