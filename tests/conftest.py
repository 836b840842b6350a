"""What tests stand on: one real broker a process, its settings, and the topics of the service."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer

from deploy.local.broker import Broker
from deploy.local.broker_command import HOST
from deploy.local.jars import resolve_jars
from deploy.local.start_cache import make_start_cache
from streams.contracts import topics as contract
from streams.kafka.topics import create_and_check
from streams.settings.kafka import KafkaSettings
from tests.schedule import ByFile


def pytest_addoption(parser: pytest.Parser) -> None:
    """`deploy/test --faults` passes it on."""
    parser.addoption("--faults", action="store_true", help="run the long fault tests as well")


def pytest_configure(config: pytest.Config) -> None:
    """Each process of `deploy/test` ends its broker on Ctrl-C, which xdist's would not hear, and when it
    is told to end, as by a CI whose time is over: a broker would outlive it."""
    if hasattr(config, "workerinput"):
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Who gets which tests in `deploy/test`, which starts several processes."""
    return ByFile(config, log)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, all different."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


@pytest.fixture(scope="session")
def start_cache() -> None:
    """Made before the first of some thirty brokers: each takes two seconds of CPU less."""
    make_start_cache(resolve_jars())


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory, start_cache: None) -> Iterator[Broker]:
    """A real broker in a folder of its own; who stops or kills it starts it again."""
    port, controller_port = free_ports(2)
    folder: Path = tmp_path_factory.mktemp("kafka")
    running = Broker(folder=folder, port=port, controller_port=controller_port, quick=True)
    try:
        running.start()
        yield running
    finally:
        running.kill()  # nothing of it is kept


@pytest.fixture
def kafka(broker: Broker) -> KafkaSettings:
    """Settings of that broker, which is running."""
    broker.start()
    return KafkaSettings(bootstrap=broker.bootstrap)


@pytest.fixture(scope="session")
def _all_topics(broker: Broker) -> tuple[str, ...]:
    kafka = KafkaSettings(bootstrap=broker.bootstrap)
    asyncio.run(create_and_check(kafka, partitions=4, replication=1, local=True))
    return tuple(topic.name for topic in contract.ALL)


@pytest.fixture
def topics(_all_topics: tuple[str, ...], kafka: KafkaSettings) -> tuple[str, ...]:
    """Names of the service's topics, made with 4 partitions; tests share them."""
    return _all_topics
