"""A role as a process: ready only when it reads, stops cleanly, ends on what it can't go on from."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from streams.contracts.codec import encode
from streams.contracts.step import Out
from streams.contracts.topics import DEAD
from streams.driver.delivery import LARGEST_OUT
from streams.kafka.producer import Producer
from streams.observe import clock
from streams.settings.kafka import KafkaSettings
from tests.conftest import free_ports
from tests.faults.machine import Command
from tests.faults.scene import Scene
from tests.faults.topics import read_all


@pytest.fixture
async def scene(kafka: KafkaSettings, tmp_path: Path) -> AsyncIterator[Scene]:
    """Topics of its own; its workers end with the test."""
    made = Scene.named("worker", kafka, tmp_path)
    await made.prepare()
    try:
        yield made
    finally:
        made.end()


async def test_it_is_ready_when_it_reads_and_sigterm_ends_it_with_all_committed(
    scene: Scene,
) -> None:
    (scene.health_port,) = free_ports(1)
    worker = scene.start("0")
    await scene.taken_up(worker)
    async with scene.load.running(300):
        await asyncio.sleep(0.5)
    await _quiet(scene)

    assert await _asked(scene, "readyz") == 200
    assert await _asked(scene, "healthz") == 200
    begun = clock.monotonic()
    assert worker.stop() == 0
    assert clock.monotonic() - begun < 15
    assert await scene.in_flight() == 0
    assert (await scene.findings()).problems == ()


async def test_a_second_worker_in_a_slot_does_not_start_and_the_first_goes_on(
    scene: Scene,
) -> None:
    first = scene.start("0")
    await scene.taken_up(first)
    second = scene.start("0")

    await scene.until(lambda: second.process.poll() is not None, 20, "the end of the second")

    assert second.process.poll() == 1
    assert second.mentions("SN_SLOT")
    assert len(first.said("partitions_taken_up")) == 1
    assert first.stop() == 0


async def test_a_config_error_of_a_step_ends_the_process_and_is_told(scene: Scene) -> None:
    worker = scene.start("0")
    await scene.taken_up(worker)

    await _send(scene, Command(id=1, number=5))  # the machine says that 1 to 4 are missing
    await scene.until(lambda: worker.process.poll() is not None, 10, "the end")

    assert worker.process.poll() == 1
    (told,) = worker.said("process_ended")
    assert "ConfigError: gap: command 5 met state 0" in told["exception"]
    assert await read_all(scene.kafka, scene.told) == []


async def test_the_largest_record_that_can_t_be_read_is_a_dead_letter_untouched(
    scene: Scene,
) -> None:
    worker = scene.start("0")
    await scene.taken_up(worker)
    largest = b"\xff" * (LARGEST_OUT - 1)

    async with Producer(scene.kafka, client_id="test") as producer:
        await producer.send(Out(topic=scene.inbox, key=b"k", value=largest))
    await scene.until(lambda: bool(worker.said("step_raised")), 20, "the step that raises")
    assert worker.stop() == 0

    letters = [one for one in await read_all(scene.kafka, DEAD) if one.value == largest]
    assert len(letters) == 1


async def test_without_its_topics_it_does_not_start_and_names_the_command(scene: Scene) -> None:
    scene.inbox_name = "nobody-made-this"
    worker = scene.start("0")

    await scene.until(lambda: worker.process.poll() is not None, 15, "the end")

    assert worker.process.poll() == 1
    assert worker.mentions("python -m streams topics")


async def _quiet(scene: Scene) -> None:
    deadline = clock.monotonic() + 20
    while len(await read_all(scene.kafka, scene.told)) < scene.load.count:
        assert clock.monotonic() < deadline
        await asyncio.sleep(0.1)


async def _asked(scene: Scene, path: str) -> int:
    url = f"http://127.0.0.1:{scene.health_port}/{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status


async def _send(scene: Scene, command: Command) -> None:
    async with Producer(scene.kafka, client_id="test") as producer:
        await producer.send(Out(topic=scene.inbox, key=b"k", value=encode(command)))
