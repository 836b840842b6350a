"""The driver under faults, long: more of the same, and what needs minutes. With --faults only."""

import asyncio
import signal
from collections import Counter

import pytest

from deploy.local.broker import Broker
from tests.faults.scenarios import (
    RATE,
    assert_in_flight,
    join,
    join_and_leave,
    kill_the_only_worker,
    start_one,
    stop_the_broker,
)
from tests.faults.scene import Scene

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.mark.parametrize("eager", [True, False])
async def test_workers_join_and_leave_many_times(scene: Scene, *, eager: bool) -> None:
    scene.eager = eager

    findings = await join_and_leave(scene, joins=8)

    assert findings.problems == ()
    assert (findings.copies, await scene.replays()) == (0, 0)
    assert scene.crashes() == Counter()


@pytest.mark.parametrize("pause", [0.0, 0.03])
async def test_the_only_worker_is_killed_many_times(scene: Scene, pause: float) -> None:
    scene.pause = pause

    findings = await kill_the_only_worker(scene, kills=12)

    assert findings.problems == ()
    assert scene.crashes() == Counter()
    assert findings.copies + await scene.replays() > 0


async def test_one_of_two_workers_is_killed_and_comes_back(scene: Scene) -> None:
    await start_one(scene)
    async with scene.load.running(RATE):
        await join(scene)
        for victim in (*scene.workers, *scene.workers):
            await asyncio.sleep(1)
            await assert_in_flight(scene)
            before = len(victim.said("partitions_taken_up"))
            victim.kill()
            victim.start()
            await scene.taken_up(victim, before + 1, within=30)
    await scene.drained()

    assert (await scene.findings()).problems == ()
    assert scene.crashes() == Counter()


async def test_a_worker_that_was_frozen_for_longer_than_a_session_writes_nothing_stale(
    scene: Scene,
) -> None:
    scene.pause = 0.03  # frozen between outputs and states, more often than not
    frozen = await start_one(scene)
    async with scene.load.running(RATE):
        await join(scene)
        for _ in range(3):
            await assert_in_flight(scene)
            other = scene.workers[1]
            before = len(other.said("partitions_taken_up"))
            frozen.process.send_signal(signal.SIGSTOP)
            await scene.taken_up(other, before + 1, within=30)
            await asyncio.sleep(2)
            frozen.process.send_signal(signal.SIGCONT)
            await asyncio.sleep(3)
            frozen.start_if_crashed()
            await scene.taken_up(other, before + 2, within=30)
    await scene.drained()

    assert (await scene.findings()).problems == ()
    assert frozen.mentions("LeaseLostError") or frozen.mentions("member_id was not recognized")


async def test_a_worker_restarted_in_its_slot_disturbs_no_other(scene: Scene) -> None:
    first = await start_one(scene)
    async with scene.load.running(RATE):
        await join(scene)
        second, before = scene.workers[1], len(first.said("partitions_taken_up"))
        for number in range(4):
            await assert_in_flight(scene)
            assert second.stop() == 0
            second.start()
            await scene.taken_up(second, number + 2)
    await scene.drained()

    findings = await scene.findings()
    assert findings.problems == ()
    assert (findings.copies, await scene.replays()) == (0, 0)
    assert len(first.said("partitions_taken_up")) == before


@pytest.mark.parametrize("kill", [False, True])
async def test_the_broker_is_away_for_ten_seconds(
    scene: Scene, broker: Broker, *, kill: bool
) -> None:
    findings = await stop_the_broker(scene, broker, seconds=10, kill=kill)

    assert findings.problems == ()
    assert scene.workers[0].mentions("Unable connect to node")
