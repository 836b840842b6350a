"""A real broker that starts when asked, ends when asked, and keeps what it was given."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.broker import Broker, knows_a_broker
from deploy.local.broker_command import HOST, require_room
from streams.contracts.errors import ConfigError
from streams.contracts.step import Out
from streams.contracts.topics import Topic
from streams.kafka.follower import Follower
from streams.kafka.producer import Producer
from streams.kafka.topics import create_and_check
from streams.settings.kafka import KafkaSettings
from tests.conftest import free_ports

TOPIC = Topic(name="kept", retention=None, single=True)


@pytest.fixture
def own(tmp_path: Path, start_cache: None) -> Iterator[Broker]:
    """A broker of this test alone, not started."""
    port, controller_port = free_ports(2)
    made = Broker(folder=tmp_path / "kafka", port=port, controller_port=controller_port, quick=True)
    yield made
    made.kill()


def _runs(broker: Broker) -> bool:
    return broker.pid is not None


async def _write(broker: Broker, value: bytes) -> None:
    kafka = KafkaSettings(bootstrap=broker.bootstrap)
    await create_and_check(kafka, partitions=1, replication=1, local=True, topics=[TOPIC])
    async with Producer(kafka, client_id="test") as producer:
        await producer.send(Out(topic=TOPIC.name, key=b"k", value=value))


async def _values(broker: Broker) -> list[bytes]:
    found: list[bytes] = []
    kafka = KafkaSettings(bootstrap=broker.bootstrap)
    follower = Follower(kafka, TOPIC.name, lambda record: found.append(record.value))
    await follower.start()
    await follower.stop()
    return found


def test_it_keeps_what_it_acknowledged_over_a_restart_and_over_a_kill(own: Broker) -> None:
    own.start()
    assert _runs(own)
    asyncio.run(_write(own, b"1"))
    identity = (own.folder / "cluster.id").read_text()
    own.restart()
    asyncio.run(_write(own, b"2"))
    own.kill()
    assert not _runs(own)
    own.start()
    assert asyncio.run(_values(own)) == [b"1", b"2"]
    assert (own.folder / "cluster.id").read_text() == identity
    started = time.monotonic()
    own.stop()
    assert time.monotonic() - started < 15
    assert not _runs(own)


def test_starting_what_runs_is_harmless(own: Broker) -> None:
    own.start()
    pid = own.pid
    own.start()
    assert own.pid == pid


@pytest.mark.parametrize("which", [0, 1])
def test_a_taken_port_is_named_with_the_setting(own: Broker, which: int) -> None:
    port = (own.port, own.controller_port)[which]
    with socket.socket() as taken:
        taken.bind((HOST, port))
        taken.listen()
        with pytest.raises(ConfigError, match=f"port {port} .*SN_KAFKA"):
            own.start()


def test_a_broker_that_ends_at_once_names_its_log(own: Broker) -> None:
    own.prepare()
    shutil.rmtree(own.folder / "data")
    (own.folder / "data").mkdir()
    (own.folder / "data" / "meta.properties").write_text("version=1\ncluster.id=other\n")
    with pytest.raises(ConfigError, match=r"broker\.log"):
        own.start()
    assert b"ERROR" in own.log_file.read_bytes()


def test_in_the_foreground_it_becomes_java_and_ends_on_sigterm(own: Broker) -> None:
    with subprocess.Popen(_foreground(own), stdout=subprocess.PIPE) as process:
        try:
            _wait_until_it_answers(own, process)
            assert b"kafka.Kafka" in _command_line(process.pid)
            process.terminate()
            assert process.wait(20) in {0, 143}  # Java's own code for SIGTERM
        finally:
            process.kill()
        assert process.stdout is not None
        assert str(own.log_file) in process.stdout.read().decode()


def _foreground(broker: Broker) -> list[str]:
    ports = (str(broker.port), str(broker.controller_port))
    return [sys.executable, "-m", "deploy.local.broker", str(broker.folder), *ports]


def _wait_until_it_answers(broker: Broker, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not asyncio.run(knows_a_broker(broker.bootstrap)):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _command_line(pid: int) -> bytes:
    if os.path.exists("/proc"):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return subprocess.run(
        ["ps", "-o", "args=", "-p", str(pid)], capture_output=True, check=True
    ).stdout


def test_in_the_foreground_a_taken_port_ends_it_with_the_reason(own: Broker) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, own.port))
        taken.listen()
        done = subprocess.run(
            _foreground(own),
            capture_output=True,
            check=False,
        )
    assert done.returncode == 1
    assert f"port {own.port}" in done.stderr.decode()


def test_a_full_disk_is_told_before_kafka_ends_on_it_without_a_word(tmp_path: Path) -> None:
    require_room(tmp_path, 0)
    with pytest.raises(ConfigError, match=r"has \d+ MB left, Kafka needs 999999999: make room"):
        require_room(tmp_path, 999_999_999)
