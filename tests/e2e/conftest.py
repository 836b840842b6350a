"""The whole service, started as deploy/up starts it: real processes under the supervisor, its own ports."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from deploy.demo.comparison import Comparison, compare
from deploy.demo.demo import Demo, Result
from deploy.demo.director import addresses_of
from deploy.demo.happening import Business
from deploy.demo.keys import Keys
from deploy.demo.play import Part, part_of
from deploy.demo.play_store import PACKAGE_NAME
from deploy.demo.played import begin
from deploy.demo.posts import Stores
from deploy.demo.service import Service
from deploy.demo.signers.google_account import key_file, new_key
from deploy.local.demo_site import demo_keys, import_rates, receiver_url, stores_url
from deploy.local.programs import private_ports
from deploy.local.site import HOST, Ports, Site
from deploy.local.stack import Stack
from tests.conftest import free_ports

_OUTCOMES = """\
SELECT kind, uniqExact(receipt_id) AS n FROM outcomes WHERE origin = 'notification' GROUP BY kind
"""
PULLED_ACCOUNT = new_key()
PULLED_SUBSCRIPTION = "projects/tidepool-pulled/subscriptions/all"
_PULLING = f"""
[[apps]]
id = "pulled"
name = "Pulled"
demo = true
[[apps.stores]]
store = "play_store"
track_new = "anonymous"
[apps.stores.options]
package_name = "{PACKAGE_NAME}"
subscription = "{PULLED_SUBSCRIPTION}"
pull = true
issuer = "{{issuer}}"
[apps.stores.api]
service_account_key = {{{{ file = "pulled-account.json" }}}}
url = "{{url}}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A started stack and the demo's keys to it. `pulled`: the address of the other app's Google."""

    stack: Stack
    keys: Keys
    pulled: str

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


def _with_pulling(site: Site, keys: Keys) -> str:
    """The demo's project and one more app, whose messages of Google are pulled. Where its Google
    must be served: who tests it does, and nobody asks before."""
    (port,) = free_ports(1)
    url = f"http://{HOST}:{port}"
    (site.demo / "pulled-account.json").write_text(key_file(PULLED_ACCOUNT, f"{url}/token"))
    more = _PULLING.format(issuer=keys.google.name, url=url)
    site.project.write_text(site.project.read_text() + more)
    return url


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
    pulled = _with_pulling(site, keys)
    stack = Stack(site, demo=True)
    try:
        asyncio.run(_start(stack))
        yield Running(stack=stack, keys=keys, pulled=pulled)
    finally:
        stack.supervisor.stop()


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Started once for all end-to-end tests but those that kill."""
    with started(tmp_path_factory.mktemp("e2e")) as made:
        yield made


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    business: Business
    part: Part
    result: Result
    comparison: Comparison
    outcomes: Counter[str]


@pytest.fixture(scope="package")
def history(running: Running) -> Played:
    """All of it, played once."""
    return asyncio.run(_play(running))


async def _play(running: Running) -> Played:
    now = datetime.now(UTC).replace(microsecond=0)
    business = begin(now).business(now)
    part = part_of(business, None)
    async with running.service() as service:
        demo = Demo(service=service, stores=Stores(running.keys))
        before = await _outcomes(service)
        result = await demo.play(part)
        return Played(
            business=business,
            part=part,
            result=result,
            comparison=await compare(service, business),
            outcomes=await _outcomes(service) - before,
        )


async def _outcomes(service: Service) -> Counter[str]:
    """How many notifications had each kind of outcome."""
    rows = await service.query(_OUTCOMES)
    return Counter({row["kind"]: row["n"] for row in rows})


@pytest.fixture
async def service(running: Running) -> AsyncIterator[Service]:
    async with running.service() as made:
        yield made


@pytest.fixture
def demo(running: Running, service: Service) -> Demo:
    return Demo(service=service, stores=Stores(running.keys))
