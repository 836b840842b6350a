"""The deliver role as a process of its own, for tests that kill it: one webhook, one app.

python -m tests.sinks.delivery.deliver_process BOOTSTRAP GROUP URL APP
"""

import asyncio
import signal
import sys

import uvloop

from sinks.delivery.plan import Plan
from sinks.delivery.role import Role
from sinks.destinations.filters import Filter
from sinks.destinations.options import OptionReader
from sinks.destinations.webhook import make
from streams.observe import logs
from streams.settings.kafka import KafkaSettings


async def run(bootstrap: str, group: str, url: str, app: str) -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    plan = Plan(
        name="mine",
        type="webhook",
        destination=make(url, OptionReader("destinations[0]", {})),
        filter=Filter(apps=frozenset({app})),
        allow_private=True,
    )
    await Role(kafka=KafkaSettings(bootstrap=bootstrap), plans=(plan,), group=group).run(told)


if __name__ == "__main__":
    logs.configure("deliver")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(*sys.argv[1:5]))
