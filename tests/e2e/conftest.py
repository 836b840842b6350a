"""The whole service, started as deploy/up starts it: real processes under the supervisor, its own ports."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from deploy.demo.demo import Demo
from deploy.demo.director import addresses_of
from deploy.demo.keys import Keys
from deploy.demo.posts import Stores
from deploy.demo.service import Service
from deploy.local.demo_site import demo_keys, import_rates, receiver_url, stores_url
from deploy.local.programs import private_ports
from deploy.local.site import HOST, Ports, Site
from deploy.local.stack import Stack
from tests.conftest import free_ports


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A started stack and the demo's keys to it."""

    stack: Stack
    keys: Keys

    @property
    def site(self) -> Site:
        return self.stack.site

    def service(self) -> Service:
        addresses = addresses_of(self.site, receiver_url(self.site), stores_url(self.site))
        return Service(addresses, self.keys.tokens, self.keys.backend_key)


def _free_row(length: int) -> int:
    """The first of so many ports in a row that nobody listens on."""
    random = Random()
    while True:
        first = random.randrange(20_000, 30_000)
        if all(_is_free(first + number) for number in range(length)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _site(folder: Path) -> Site:
    notifications, charts, api, kafka = free_ports(4)
    ports = Ports(
        notifications=notifications, charts=charts, api=api, kafka=kafka, private=_free_row(20)
    )
    assert len(private_ports(Site(folder=folder, name="demo", ports=ports, project=folder))) < 20
    return Site(
        folder=folder,
        name="demo",
        ports=ports,
        project=folder / "demo" / "project.toml",
        settings={
            "SN_PARTITIONS": "4",
            "SN_DATA_DIR": str(folder / "data"),
            "SN_CLICKHOUSE": f"chdb://{folder / 'clickhouse'}",
        },
    )


async def _start(stack: Stack) -> None:
    stack.check()
    await stack.fetch_jars(lambda _: None)
    await stack.start_broker()
    await stack.make_topics()
    await import_rates(stack)
    late = await stack.start_roles(lambda _name, _seconds: None)
    assert not late, [(one, stack.last_lines(one.name)) for one in late]


@contextmanager
def started(folder: Path) -> Iterator[Running]:
    """A stack of its own in `folder`, stopped in the end however it ends."""
    site = _site(folder)
    keys = demo_keys(site)
    stack = Stack(site, demo=True)
    try:
        asyncio.run(_start(stack))
        yield Running(stack=stack, keys=keys)
    finally:
        stack.supervisor.stop()


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Started once for all end-to-end tests but those that kill."""
    with started(tmp_path_factory.mktemp("e2e")) as made:
        yield made


@pytest.fixture
async def service(running: Running) -> AsyncIterator[Service]:
    async with running.service() as made:
        yield made


@pytest.fixture
def demo(running: Running, service: Service) -> Demo:
    return Demo(service=service, stores=Stores(running.keys))
