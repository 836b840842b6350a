"""The loop of a role: take what waits, run a cycle on it, be done. Any error ends the process."""

import asyncio
from typing import NoReturn

from streams.driver.consumer import Consumer
from streams.driver.cycle import Cycle
from streams.driver.ending import end_process
from streams.observe import clock, metrics

_MOST = 500  # records a cycle
_MOST_BYTES = 8 * 1024 * 1024


async def drive(consumer: Consumer, cycle: Cycle) -> NoReturn:
    """Until the agent is stopped, which happens between cycles."""
    while True:
        records = await consumer.waiting.take(_MOST, _MOST_BYTES)
        begun = clock.monotonic()
        try:
            settled = await cycle.run(records)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - I/O or ConfigError: nothing may follow
            end_process("a cycle failed", error)
        consumer.positions.done(settled)
        consumer.waiting.give_back(records[len(settled) :])
        consumer.waiting.settled()
        consumer.progressed()
        metrics.count("driver_records", len(settled))
        metrics.observe("driver_cycle_seconds", clock.monotonic() - begun)
