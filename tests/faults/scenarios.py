"""The faults themselves. Each asserts that it hit work in flight, and gives what was found after it."""

import asyncio
import time

from deploy.local.broker import Broker
from tests.faults.findings import Findings
from tests.faults.scene import Scene, Worker

RATE = 600  # commands a second
_SOON = 5.0  # seconds: where the machine is shared, now one lags behind and now the other


async def start_one(scene: Scene) -> Worker:
    """The only worker, reading."""
    worker = scene.start("0")
    await scene.taken_up(worker)
    return worker


async def assert_in_flight(scene: Scene) -> None:
    """A fault that hits nothing shows nothing: return at a moment when it would not."""
    deadline = time.monotonic() + _SOON
    while await scene.in_flight() == 0:
        assert time.monotonic() < deadline, "no command was in flight at the fault"


async def join_and_leave(scene: Scene, joins: int) -> Findings:
    """Workers join one by one under load and leave again, asked to by SIGTERM."""
    await start_one(scene)
    async with scene.load.running(RATE):
        for _ in range(joins):
            await asyncio.sleep(0.5)
            await join(scene)
        for worker in scene.workers[1:]:
            worker.stop()
        await asyncio.sleep(0.5)
    await scene.drained()
    return await scene.findings()


async def join(scene: Scene) -> None:
    """One more worker; return when both it and the first have their share, or one has crashed."""
    await assert_in_flight(scene)
    first, joined = scene.workers[0], scene.start(str(len(scene.workers)))
    before = len(first.said("partitions_taken_up"))

    def seen() -> bool:
        crashed = first.process.poll() is not None or joined.process.poll() is not None
        again = len(first.said("partitions_taken_up")) > before
        return crashed or (again and bool(joined.said("partitions_taken_up")))

    await scene.until(seen, 30, "a rebalance")


async def kill_the_only_worker(scene: Scene, kills: int) -> Findings:
    """kill -9 in the middle of cycles; the worker is started again at once."""
    worker = await start_one(scene)
    async with scene.load.running(RATE):
        for number in range(kills):
            await asyncio.sleep(1.2 + number * 0.013)
            await assert_in_flight(scene)
            worker.kill()
            worker.start()
            await scene.taken_up(worker, number + 2)
        await asyncio.sleep(0.5)
    await scene.drained()
    return await scene.findings()


async def stop_the_broker(scene: Scene, broker: Broker, seconds: float, *, kill: bool) -> Findings:
    """The broker goes away under load and comes back; a worker that ended is started again."""
    await start_one(scene)
    async with scene.load.running(RATE):
        await asyncio.sleep(1)
        await assert_in_flight(scene)
        await asyncio.to_thread(broker.kill if kill else broker.stop)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(broker.start)
        await asyncio.sleep(1)
    await scene.drained()
    return await scene.findings()
