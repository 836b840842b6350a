"""What runs on one machine, a line each: the broker, every role, and the demo's two servers.

Every program has its place in the row of private ports; the roles answer /readyz and /metrics there,
but those that have a port of their own, on which they answer these too.
"""

import sys
from dataclasses import dataclass

from deploy.local.site import HOST, Site

BROKER = "broker"
_MODULES = {
    "ingress-notifications": "ingress notifications",
    "ingress-api": "ingress api",
    "verify": "streams verify",
    "lookup": "streams lookup",
    "track": "streams track",
    "identify": "streams identify",
    "receipts": "streams receipts",
    "delay": "streams delay",
    "charts": "sinks charts",
    "deliver": "sinks deliver",
    "forward": "sinks forward",
}
ROLES = tuple(_MODULES)
STORES, RECEIVER = "demo-stores", "demo-receiver"
DEMO = (STORES, RECEIVER)
PULL = "pull"
_ROW = ("controller", *ROLES, *DEMO, PULL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """`ready`: answers 200 when it can serve; None for the broker, which is asked in its own way, and
    for pull, which nobody waits for: Pub/Sub may take 90 s to say that nothing came."""

    name: str
    command: tuple[str, ...]
    ready: str | None
    health_port: int


def private_port(site: Site, name: str) -> int:
    return site.ports.private + _ROW.index(name)


def private_ports(site: Site) -> dict[str, int]:
    """By what wants it."""
    return {name: private_port(site, name) for name in _ROW}


def programs(site: Site, *, demo: bool, pulls: bool = False) -> list[Program]:
    """In the order in which they are started. `pulls`: an app's messages of Google are pulled."""
    return [
        _broker(site),
        *(_role(site, name) for name in ROLES),
        *(_demo(site, name) for name in DEMO if demo),
        *([_pull(site)] if pulls else []),
    ]


def _broker(site: Site) -> Program:
    ports = (str(site.ports.kafka), str(private_port(site, "controller")))
    quick = ("quick",) if site.name == "demo" else ()  # what comes up soon matters more there
    command = (
        sys.executable,
        "-m",
        "deploy.local.broker",
        str(site.data / "kafka"),
        *ports,
        *quick,
    )
    return Program(name=BROKER, command=command, ready=None, health_port=0)


def _role(site: Site, name: str) -> Program:
    module, role = _MODULES[name].split()
    own = {"ingress-api": site.ports.api, "charts": site.ports.charts}
    port = own.get(name, private_port(site, name))
    return Program(
        name=name,
        command=(sys.executable, "-m", module, role),
        ready=f"http://{HOST}:{port}/readyz",
        health_port=0 if name in own else port,
    )


def _pull(site: Site) -> Program:
    command = (sys.executable, "-m", "streams", "pull")
    port = private_port(site, PULL)
    return Program(name=PULL, command=command, ready=None, health_port=port)


def _demo(site: Site, name: str) -> Program:
    port = private_port(site, name)
    path = {STORES: "/oauth2/v3/certs", RECEIVER: "/readyz"}[name]
    module = f"deploy.demo.{name.removeprefix('demo-')}"
    return Program(
        name=name,
        command=(sys.executable, "-m", module, str(site.demo), HOST, str(port)),
        ready=f"http://{HOST}:{port}{path}",
        health_port=0,
    )
