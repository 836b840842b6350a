"""The deliver role on the destinations of a mixed site: those that can be delivered to are retried for
as long as it takes, the others' schedule ends soon.

python -m tests.sinks.delivery.deliver_project BOOTSTRAP GROUP FILE
"""

import asyncio
import signal
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import uvloop

from sinks.delivery.plan import read_plans
from sinks.delivery.role import Role
from sinks.delivery.schedule import Schedule
from streams.observe import logs
from streams.settings.kafka import KafkaSettings
from streams.settings.project_file import load_project
from tests.sinks.delivery.mixed import can_be_delivered_to

SECOND = timedelta(seconds=1)
SOON = Schedule(steps=(SECOND, SECOND, 2 * SECOND), jitter=0.1, postponed=(SECOND, 2 * SECOND))
PATIENT = Schedule(steps=(SECOND,) * 3600, jitter=0.1, postponed=(SECOND, 2 * SECOND))


async def run(bootstrap: str, group: str, file: str) -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    plans = [
        replace(plan, schedule=PATIENT if can_be_delivered_to(plan.name) else SOON)
        for plan in read_plans(load_project(Path(file)))
    ]
    role = Role(kafka=KafkaSettings(bootstrap=bootstrap), plans=plans, group=group, schedule=SOON)
    await role.run(told)


if __name__ == "__main__":
    logs.configure("deliver")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(*sys.argv[1:4]))
