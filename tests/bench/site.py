"""The whole service for a benchmark: real processes as deploy/up starts them, one app, one destination."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.demo.signers.stripe import signature_header
from deploy.local.site import Ports, Site
from deploy.local.stack import Stack
from streams.contracts.codec import write_json
from tests.conftest import free_ports

TOKEN = "bench-token-0123456789abcdefghij"
SECRET = "whsec_benchmark0123456789abcdefghij"
_PRIVATE = 21_000 + os.getpid() % 400 * 20  # the first of a row of ports
_PROJECT = """
[project]
name = "Benchmark"
[[apps]]
id = "bench"
name = "Bench"
[[apps.stores]]
store = "stripe"
environments = ["PRODUCTION"]
tokens = [{ file = "token" }]
secrets = [{ file = "secret" }]
track_new = "anonymous"
[[destinations]]
name = "bench"
type = "webhook"
url = "URL"
allow_private = true
allow_insecure = true
concurrency = 64
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    stack: Stack

    @property
    def site(self) -> Site:
        return self.stack.site

    @property
    def route(self) -> str:
        return f"{self.site.notifications_url}/v1/notifications/stripe/{TOKEN}"


@asynccontextmanager
async def running(folder: Path, receiver_url: str, *, roles: bool = True) -> AsyncIterator[Running]:
    """Everything is ready when it is entered, and stopped when it is left; without `roles` the broker."""
    site = _site(folder, _project(folder, receiver_url))
    stack = Stack(site, demo=False)
    await stack.check()
    try:
        await stack.fetch_jars(lambda _: None)
        await stack.start_broker()
        await stack.make_topics()
        late = await stack.start_roles(lambda _name, _seconds: None) if roles else []
        if late:
            raise SystemExit("\n".join(stack.last_lines(one.name) for one in late))
        yield Running(stack=stack)
    finally:
        await asyncio.to_thread(stack.supervisor.stop)


def _site(folder: Path, project: Path) -> Site:
    notifications, charts, api, kafka = free_ports(4)
    ports = Ports(
        notifications=notifications, charts=charts, api=api, kafka=kafka, private=_PRIVATE
    )
    settings = {"SN_PARTITIONS": "4", "SN_LOG_LEVEL": "WARNING"}
    return Site(folder=folder, name="bench", ports=ports, project=project, settings=settings)


def _project(folder: Path, receiver_url: str) -> Path:
    (folder / "token").write_text(TOKEN)
    (folder / "secret").write_text(SECRET)
    file = folder / "project.toml"
    file.write_text(_PROJECT.replace("URL", receiver_url))
    return file


def body(number: int) -> bytes:
    """A new subscription on trial: one notification, one event."""
    now = int(datetime.now(UTC).timestamp())
    trial = {"trial_start": now, "trial_end": now + 1_209_600}
    period = {"current_period_start": now, "current_period_end": now + 1_209_600}
    price = {"id": "price_1", "product": "prod_1", "currency": "usd", "unit_amount": 999}
    item = {"id": f"si_{number}", "quantity": 1, "price": price, **period}
    subscription = {
        "id": f"sub_{number}",
        "object": "subscription",
        "status": "trialing",
        "customer": f"cus_{number}",
        "currency": "usd",
        "cancel_at_period_end": False,
        "items": {"object": "list", "data": [item]},
        "metadata": {f"key_{n}": "x" * 40 for n in range(20)},
        **trial,
    }
    return write_json(
        {
            "id": f"evt_{number}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": now,
            "livemode": True,
            "type": "customer.subscription.created",
            "data": {"object": subscription},
        }
    )


def headers(payload: bytes) -> dict[str, str]:
    signature = signature_header(payload, [SECRET], datetime.now(UTC))
    return {"Stripe-Signature": signature, "Content-Type": "application/json"}
