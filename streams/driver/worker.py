"""Runs a role until it is told to stop: SIGTERM ends the cycle, commits, and the process exits with 0."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack

import uvloop

from streams.driver.agent import Agent, Options
from streams.driver.application import Application
from streams.driver.beside import Followed
from streams.driver.ending import end_process
from streams.driver.partitions import check_partitions
from streams.driver.pulse import Pulse, not_ready
from streams.driver.seat import hold_seat
from streams.driver.watchdog import Limits, verdict, watch
from streams.observe.health import Health, serve_health

_STOP_WITHIN = 30.0  # seconds


def run_agent(
    agent: Agent,
    options: Options,
    *,
    beside: Sequence[Followed] = (),
    host: str = "127.0.0.1",
    health_port: int = 0,
) -> None:
    """Return when asked to stop; raise what is wrong before the start; later errors end the process."""
    loop = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    with hold_seat(options.folder(agent), options.seat_within), loop as runner:
        runner.run(_run(agent, options, beside, (host, health_port)))


async def _run(
    agent: Agent, options: Options, beside: Sequence[Followed], address: tuple[str, int]
) -> None:
    asked = _when_asked_to_stop()
    app = Application(agent, options)  # inside the loop: Faust binds to the one it finds
    pulse, limits = Pulse(app, beside), Limits()
    health = Health(live=lambda: verdict(pulse, limits), ready=lambda: not_ready(pulse))
    beat = asyncio.create_task(pulse.beat())
    watch(pulse, limits)
    async with AsyncExitStack() as around:
        await around.enter_async_context(serve_health(*address, health))
        await check_partitions(agent, options)
        for followed in beside:
            await around.enter_async_context(followed)
        await _serve(app, asked, pulse)
    beat.cancel()


def _when_asked_to_stop() -> asyncio.Event:
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    return asked


async def _serve(app: Application, asked: asyncio.Event, pulse: Pulse) -> None:
    start = asyncio.create_task(app.start())  # returns when the first partitions are taken up
    stop = asyncio.create_task(asked.wait())
    await asyncio.wait({start, stop}, return_when=asyncio.FIRST_COMPLETED)
    if start.done() and (error := start.exception()) is not None:
        end_process("the role could not start", error)  # what has started would outlive a raise
    await stop
    pulse.stopping = True
    try:
        async with asyncio.timeout(_STOP_WITHIN):
            await app.stop()
    except TimeoutError as error:
        end_process(f"the role did not stop within {_STOP_WITHIN:.0f} s", error)
    start.cancel()
