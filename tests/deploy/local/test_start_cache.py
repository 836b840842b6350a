"""Every start of Kafka but the first knows what Java learned at that one."""

import fcntl
import subprocess
from pathlib import Path

import pytest

from deploy.local import broker_command, start_cache
from deploy.local.broker_command import BrokerCommand
from deploy.local.jars import CACHE, resolve_jars
from deploy.local.start_cache import make_start_cache
from tests.conftest import free_ports


def _command(folder: Path) -> list[str]:
    port, controller_port = free_ports(2)
    command = BrokerCommand(folder=folder, port=port, controller_port=controller_port, quick=True)
    return command.prepared(resolve_jars())


@pytest.mark.usefixtures("broker")
def test_java_takes_what_was_learned_and_starts_with_it(tmp_path: Path) -> None:
    """The first broker of a run made it, if it was not there: it saves two thirds of a start's CPU, and the
    tests start some thirty. `-XX:AOTMode=on` refuses a file that is not for this Java and these jars."""
    _wait_for_who_makes_it()
    java, *options = _command(tmp_path)
    cache = broker_command.start_cache(resolve_jars())
    assert f"-XX:AOTCache={cache}" in options
    only_this = [*options[: options.index("kafka.Kafka")], "-XX:AOTMode=on", "-version"]
    subprocess.run([java, *only_this], check=True, capture_output=True)


def _wait_for_who_makes_it() -> None:
    """Another process of this run may be at it."""
    with (CACHE / ".start-cache.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)


def test_it_is_made_once_and_by_one_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_command, "CACHE", tmp_path)
    made: list[Path] = []

    def make(path: Path) -> None:
        made.append(path)
        path.write_bytes(b"learned")

    monkeypatch.setattr(start_cache, "_make", make)
    with (tmp_path / ".start-cache.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        make_start_cache(resolve_jars())
        assert made == []
    for _ in range(2):
        make_start_cache(resolve_jars())
    assert made == [broker_command.start_cache(resolve_jars())]
    assert f"-XX:AOTCache={made[0]}" in broker_command._known(made[0])


def test_where_java_can_t_it_is_not_tried_again_and_kafka_starts_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_command, "CACHE", tmp_path)
    make_nothing = "-XX:AOTMode=off"  # as an older Java
    monkeypatch.setattr(
        broker_command, "_JAVA_OPTIONS", (make_nothing, *broker_command._JAVA_OPTIONS)
    )
    make_start_cache(resolve_jars())
    path = broker_command.start_cache(resolve_jars())
    assert path.stat().st_size == 0
    assert not any("AOTCache" in option for option in _command(tmp_path / "kafka"))


def test_what_was_not_written_to_its_end_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow machine: Java is killed while it writes, and it is tried again at the next start."""
    monkeypatch.setattr(broker_command, "CACHE", tmp_path)
    monkeypatch.setattr(start_cache, "_WRITTEN_WITHIN", 0.01)
    make_start_cache(resolve_jars())
    assert list(tmp_path.glob("kafka-*.aot")) == []
