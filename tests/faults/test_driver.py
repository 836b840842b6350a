"""The driver under faults, short: a few seconds of each. And that these tests can fail."""

import asyncio
from collections import Counter

from deploy.local.broker import Broker
from streams.contracts import topics
from tests.faults.scenarios import (
    RATE,
    join,
    join_and_leave,
    kill_the_only_worker,
    start_one,
    stop_the_broker,
)
from tests.faults.scene import Scene
from tests.faults.topics import Records, read_all


async def test_workers_join_and_leave_under_load_and_nothing_is_lost_or_doubled(
    scene: Scene,
) -> None:
    scene.eager = True

    findings = await join_and_leave(scene, joins=2)

    assert findings.problems == ()
    assert scene.crashes() == Counter()
    assert sum(len(worker.said("put_back")) for worker in scene.workers) > 0
    assert findings.copies == 0
    assert await scene.replays() == 0


async def test_a_build_that_drops_what_was_fetched_during_a_rebalance_fails_the_join(
    scene: Scene,
) -> None:
    scene.build, scene.eager = "no_put_back", True
    first = await start_one(scene)

    async with scene.load.running(RATE):
        await asyncio.sleep(0.5)
        await join(scene)
        await scene.until(lambda: first.process.poll() is not None, 10, "the end of the first")

    assert first.process.poll() == 1
    assert "OffsetGapError" in first.said("process_ended")[0]["exception"]


async def test_the_only_worker_is_killed_in_the_middle_of_cycles_and_nothing_is_lost(
    scene: Scene,
) -> None:
    scene.pause = 0.03

    findings = await kill_the_only_worker(scene, kills=3)

    assert findings.problems == ()
    assert scene.crashes() == Counter()
    assert findings.copies + await scene.replays() > 0


async def test_a_build_that_keeps_states_before_outputs_are_delivered_fails_the_kill(
    scene: Scene,
) -> None:
    scene.pause, scene.build = 0.03, "states_first"

    findings = await kill_the_only_worker(scene, kills=3)

    assert findings.lost > 0


async def test_a_record_whose_step_raises_is_a_dead_letter_and_the_others_go_on(
    scene: Scene,
) -> None:
    worker = await start_one(scene)
    async with scene.load.running(RATE):
        await scene.load.send_raising(3)
    await scene.drained()

    findings = await scene.findings()
    dead = await _dead_of(scene)
    assert findings.problems == ()
    assert findings.copies == 0
    assert len(worker.said("step_raised")) == len(dead) == 3
    assert {(letter.value, letter.headers[0]) for letter in dead} == {
        (out.value, out.headers[0]) for out in scene.load.raising
    }
    assert {dict(letter.headers)[topics.HEADER_REASON] for letter in dead} == {b"bug"}
    assert dict(dead[0].headers)[topics.HEADER_DETAIL].startswith(b"ValueError: command")
    assert worker.process.poll() is None


async def test_more_than_twenty_records_that_raise_within_a_minute_end_the_process(
    scene: Scene,
) -> None:
    worker = await start_one(scene)

    await scene.load.send_raising(21)
    await scene.until(lambda: worker.process.poll() is not None, 10, "the end of the process")

    assert worker.process.poll() == 1
    assert "TooManyBugsError" in worker.said("process_ended")[0]["exception"]
    assert await _dead_of(scene) == []


async def test_the_broker_stops_for_some_seconds_and_nothing_is_lost(
    scene: Scene, broker: Broker
) -> None:
    findings = await stop_the_broker(scene, broker, seconds=3, kill=False)

    assert findings.problems == ()
    assert scene.workers[0].mentions("Unable connect to node")


async def _dead_of(scene: Scene) -> Records:
    source = f"{scene.inbox}:".encode()
    return [
        letter
        for letter in await read_all(scene.kafka, topics.DEAD)
        if dict(letter.headers)[topics.HEADER_SOURCE].startswith(source)
    ]
