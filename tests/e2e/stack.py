"""The whole service, started as deploy/up starts it: real processes under the supervisor, its own ports.

Beside the demo's app there is another one, whose messages of Google are pulled (test_pull.py).
"""

import asyncio
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from deploy.demo.director import addresses_of
from deploy.demo.keys import Keys
from deploy.demo.play_store import PACKAGE_NAME
from deploy.demo.project import write_project
from deploy.demo.service import Service
from deploy.demo.signers.google_account import key_file, new_key
from deploy.local.demo_site import demo_keys, import_rates, receiver_url, stores_url
from deploy.local.programs import private_ports
from deploy.local.site import HOST, Ports, Site
from deploy.local.stack import Stack
from tests.conftest import free_ports

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


def _site(folder: Path, settings: Mapping[str, str]) -> Site:
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
            **settings,
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
    await stack.check()
    await stack.fetch_jars(lambda _: None)
    await stack.start_broker()
    await stack.make_topics()
    await import_rates(stack)
    late = await stack.start_roles(lambda _name, _seconds: None)
    assert not late, [(one, stack.last_lines(one.name)) for one in late]


@contextmanager
def started(
    folder: Path, *, webhooks: str = "", settings: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """A stack of its own in `folder`, stopped in the end however it ends. `webhooks`: where they go
    instead of to the demo's receiver; `settings`: further SN_*."""
    site = _site(folder, settings or {})
    keys = demo_keys(site)
    if webhooks:
        write_project(site.demo, keys, webhooks)
    pulled = _with_pulling(site, keys)
    stack = Stack(site, demo=True)
    try:
        asyncio.run(_start(stack))
        yield Running(stack=stack, keys=keys, pulled=pulled)
    finally:
        stack.supervisor.stop()
