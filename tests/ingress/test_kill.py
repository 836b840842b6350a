"""kill -9 of the real process under load: what was answered 200 is in the topic, every time."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from streams.contracts.raw import read_raw
from streams.settings.kafka import KafkaSettings
from tests.conftest import free_ports
from tests.ingress.doors import ENVIRON, KEY, STRIPE, Door, Tail, write_project

KILLS = 3
SENDERS = 8


async def _started(
    kafka: KafkaSettings, folder: Path, door: Door, role: str = "notifications"
) -> asyncio.subprocess.Process:
    environ = os.environ | ENVIRON
    environ |= {
        "SN_PROJECT": str(folder / "project.toml"),
        "SN_KAFKA": kafka.bootstrap,
        "SN_NOTIFICATIONS_PORT": str(door.port),
        "SN_API_PORT": str(door.health_port),
        "SN_HEALTH_PORT": str(door.health_port),
        "SN_DATA_DIR": str(folder / "data"),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ingress",
        role,
        env=environ,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(20):
        while not await _ready(door):
            assert process.returncode is None, await process.communicate()
            await asyncio.sleep(0.05)
    return process


async def _ready(door: Door) -> bool:
    try:
        return await door.ready()
    except aiohttp.ClientError:
        return False


async def _send_until_it_dies(door: Door, answered: set[str]) -> bool:
    """True when a request was under way at the kill."""
    while True:
        try:
            status, answer = await door.post(b"x" * 3000)
        except aiohttp.ClientConnectorError:
            return False
        except aiohttp.ClientError:
            return True
        if status == 200:
            answered.add(answer["receipt_id"])
        else:  # the token's rate
            assert status == 503, answer
            await asyncio.sleep(0.02)


@pytest.mark.faults
async def test_every_id_answered_200_is_in_the_topic_after_kill_9(
    kafka: KafkaSettings, topics: tuple[str, ...], tmp_path: Path, raw: Tail
) -> None:
    write_project(tmp_path)
    port, health_port = free_ports(2)
    answered: set[str] = set()
    under_way = 0
    async with aiohttp.ClientSession() as session:
        door = Door(port=port, health_port=health_port, session=session)
        for _ in range(KILLS):
            process = await _started(kafka, tmp_path, door)
            senders = [
                asyncio.create_task(_send_until_it_dies(door, answered)) for _ in range(SENDERS)
            ]
            await asyncio.sleep(0.5)
            process.send_signal(signal.SIGKILL)
            under_way += sum(await asyncio.gather(*senders))
            assert await process.wait() == -signal.SIGKILL

    kept = {read_raw(record).receipt_id for record in await raw.read()}
    assert under_way > 0, "no request was under way at any kill: the test showed nothing"
    assert len(answered) > 100
    assert answered <= kept


async def test_the_api_is_a_process_of_its_own_that_ends_when_told(
    kafka: KafkaSettings, topics: tuple[str, ...], tmp_path: Path
) -> None:
    write_project(tmp_path)
    port, api_port = free_ports(2)
    async with aiohttp.ClientSession() as session:
        door = Door(port=port, health_port=api_port, session=session)
        process = await _started(kafka, tmp_path, door, "api")
        url = f"http://127.0.0.1:{api_port}/v1/subscribers/ann"
        async with session.get(url, headers={"Authorization": f"Bearer {KEY}"}) as answer:
            assert answer.status == 200
        process.terminate()
        _, told = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 0
    assert KEY.encode() not in told


async def test_the_process_ends_by_itself_when_told_and_says_nothing_of_tokens(
    kafka: KafkaSettings, topics: tuple[str, ...], tmp_path: Path
) -> None:
    write_project(tmp_path)
    port, health_port = free_ports(2)
    async with aiohttp.ClientSession() as session:
        door = Door(port=port, health_port=health_port, session=session)
        process = await _started(kafka, tmp_path, door)
        assert (await door.post(b"secret-word"))[0] == 200
        process.terminate()
        _, told = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 0
    assert b'"event": "listening"' in told
    assert b"secret-word" not in told
    assert STRIPE.encode() not in told


async def test_a_wrong_setting_ends_it_at_once_with_one_line_and_exit_code_2(
    tmp_path: Path,
) -> None:
    environ = os.environ | {"SN_PROJECT": str(tmp_path / "none.toml")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ingress", "api", env=environ, stderr=asyncio.subprocess.PIPE
    )
    _, told = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert told.decode().count("\n") == 1
    assert "SN_PROJECT" in told.decode()
