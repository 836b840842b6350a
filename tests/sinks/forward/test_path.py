"""From a store's post to the operator's own url: the real door, the real verify, the real forward."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import orjson

from deploy.demo.payloads import stripe
from deploy.demo.signers.stripe import signature_header
from sinks.forward.role import GROUP, TOPICS
from streams.contracts.topics import POSTED, RAW
from streams.settings.kafka import KafkaSettings
from tests.conftest import free_ports
from tests.receiver import Receiver, Reply
from tests.sinks.delivery.running import begin_at_end, own_app
from tests.sinks.forward.running import RECEIPT
from tests.streams.stores.fixture import load
from tests.streams.stores.signing import STRIPE

Topics = tuple[str, ...]
TOKEN, SECRET = "stripe-token-ffffffffffff", "whsec_of_the_operator"
PROJECT = """
[project]
name = "Test"
[[apps]]
id = "{app}"
[[apps.stores]]
store = "stripe"
tokens = [{{env = "TOKEN"}}]
secrets = [{{env = "SECRET"}}]
forward = {{ url = "{url}", timeout = "2s", allow_private = true, allow_insecure = true }}
"""
FORGED = 5


@asynccontextmanager
async def running(environ: dict[str, str], *role: str) -> AsyncIterator[None]:
    """A role as a process, when it says that it is ready; told to stop at the end."""
    (port,) = free_ports(1)
    own = {**os.environ, **environ, "SN_HEALTH_PORT": str(port)}
    log = Path(environ["SN_DATA_DIR"]).with_name(f"{role[-1]}.log")
    with log.open("wb") as told:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *role, env=own, stderr=told
        )
    try:
        await _ready(process, f"http://127.0.0.1:{port}/readyz")
        yield
        process.terminate()
        assert await process.wait() == 0, log.read_text()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _ready(process: Process, url: str) -> None:
    async with asyncio.timeout(40), aiohttp.ClientSession() as session:
        while process.returncode is None:
            try:
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.1)
    raise AssertionError("it ended before it was ready: its log tells")


@asynccontextmanager
async def path(kafka: KafkaSettings, folder: Path, url: str) -> AsyncIterator[str]:
    """Door, verify and forward of a project that forwards to `url`; gives the store's route."""
    (public,) = free_ports(1)
    project = folder / "project.toml"
    project.write_text(PROJECT.format(app=own_app(), url=url))
    environ = {
        "SN_PROJECT": str(project),
        "SN_KAFKA": kafka.bootstrap,
        "SN_DATA_DIR": str(folder / "data"),
        "SN_LOCAL": "1",
        "SN_PARTITIONS": "4",
        "SN_NOTIFICATIONS_PORT": str(public),
        "TOKEN": TOKEN,
        "SECRET": SECRET,
    }
    await begin_at_end(kafka, "verify-v1", (RAW, POSTED))
    await begin_at_end(kafka, GROUP, TOPICS)
    async with AsyncExitStack() as stack:
        for role in (("ingress", "notifications"), ("streams", "verify"), ("sinks", "forward")):
            await stack.enter_async_context(running(environ, *role))
        yield f"http://127.0.0.1:{public}/v1/notifications/stripe/{TOKEN}"


async def post(session: aiohttp.ClientSession, route: str, body: bytes, secret: str) -> str:
    """As Stripe posts it; the receipt id of the 200."""
    signed = signature_header(body, [secret], datetime.now(UTC))
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signed}
    async with session.post(route, data=body, headers=headers) as answer:
        assert answer.status == 200
        told = await answer.json()
    return str(told["receipt_id"])


async def test_what_a_store_posted_arrives_as_it_was_and_a_forgery_only_gets_its_200(
    kafka: KafkaSettings, topics: Topics, tmp_path: Path
) -> None:
    body = stripe.body(dict(load(STRIPE, "invoice.paid").payload))
    odd = orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2) + b"\n"
    async with Receiver() as receiver, aiohttp.ClientSession() as session:
        receiver.replies.append(Reply(after=30))  # what it does is none of the store's business
        async with path(kafka, tmp_path, receiver.url) as route:
            forged = [
                await post(session, route, body, "whsec_of_a_stranger") for _ in range(FORGED)
            ]
            genuine = {await post(session, route, sent, SECRET): sent for sent in (body, odd, body)}
            await receiver.arrived(len(genuine))
            await asyncio.sleep(0.5)

    arrived = {made.headers[RECEIPT]: made.body for made in receiver.posts}
    assert arrived == genuine
    assert arrived.keys().isdisjoint(forged)
    assert len(set(genuine)) == 3, "a redelivery is another post"
    said = (tmp_path / "forward.log").read_text()
    assert '"event": "delivering"' in said
    assert SECRET not in said
    assert receiver.url not in said
