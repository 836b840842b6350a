"""The look at our own public URL, at real servers with real certificates on loopback."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from aiohttp import web

from ingress.app import public
from ingress.config import Limits
from ingress.notifications import Notifications
from ingress.publisher import Publisher
from ingress.unknown import UnknownTokens
from streams.contracts.ids import AppId, StoreName
from streams.contracts.reach import Stage
from streams.contracts.words import Environment
from streams.observe.connections import Connections
from streams.observe.probe import probe, publicly_trusted
from streams.settings.doors import TokenBinding
from streams.settings.kafka import KafkaSettings
from tests.certificate import NOW, Certificate
from tests.conftest import free_ports

TOKEN = "token-aaaaaaaaaaaaaaaaaaaa"
ROUTE = f"/v1/notifications/stripe/{TOKEN}"
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return Certificate(tmp_path, NOW + timedelta(days=60))


@asynccontextmanager
async def serving(server: web.Server | Connections, context: ssl.SSLContext) -> AsyncIterator[str]:
    runner = web.ServerRunner(server)
    await runner.setup()
    try:
        await web.TCPSite(runner, "localhost", 0, ssl_context=context).start()
        yield f"https://localhost:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def our_door() -> Connections:
    """The real route; nothing is published by what a probe asks, so there is no broker behind it."""
    publisher = Publisher(
        KafkaSettings(bootstrap="127.0.0.1:9"), client_id="t", deadline=Limits().ack_deadline
    )
    digest = sha256(TOKEN.encode()).hexdigest()
    binding = TokenBinding(
        app_id=AppId("notes"),
        store=StoreName("stripe"),
        environments=(Environment.PRODUCTION,),
        hint=digest[:6],
    )
    limits = Limits()
    door = Notifications({digest: binding}, publisher, UnknownTokens(publisher), limits)
    return public(door, limits)


async def test_our_own_route_answers_lets_posts_through_and_stores_nothing(
    certificate: Certificate,
) -> None:
    async with serving(our_door(), certificate.serving()) as base:
        seen = await probe(base + ROUTE, certificate.trusting())
    assert (seen.stage, seen.get_status, seen.alive, seen.post_status) == (
        Stage.ANSWERED,
        200,
        True,
        415,
    )
    assert seen.certificate_ends_at == certificate.ends_at
    assert set(seen.addresses) <= {"127.0.0.1", "::1"}


async def test_a_token_that_the_route_does_not_know_is_seen_and_not_posted_to(
    certificate: Certificate,
) -> None:
    async with serving(our_door(), certificate.serving()) as base:
        seen = await probe(base + ROUTE[:-1], certificate.trusting())
    assert (seen.get_status, seen.alive, seen.post_status) == (404, False, 0)


async def test_a_redirect_is_not_followed_and_loses_its_query(certificate: Certificate) -> None:
    async def login(_request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "https://sso.example/login?state=abc"})

    async with serving(web.Server(login), certificate.serving()) as base:
        seen = await probe(base + ROUTE, certificate.trusting())
    assert (seen.get_status, seen.location) == (302, "https://sso.example/login")


async def test_a_filter_of_methods_is_found(certificate: Certificate) -> None:
    async def reads_only(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "POST":
            return web.Response(status=403)
        return web.Response(text='{"status":"alive, waiting for POST"}')

    async with serving(web.Server(reads_only), certificate.serving()) as base:
        seen = await probe(base + ROUTE, certificate.trusting())
    assert (seen.alive, seen.post_status) == (True, 403)


async def test_a_certificate_that_no_store_trusts_is_found(certificate: Certificate) -> None:
    async with serving(our_door(), certificate.serving()) as base:
        seen = await probe(base + ROUTE)
    assert seen.stage is Stage.TLS
    assert "self-signed certificate" in seen.detail


async def test_a_certificate_that_has_ended_is_found(tmp_path: Path) -> None:
    ended = Certificate(tmp_path, NOW - timedelta(days=1))
    async with serving(our_door(), ended.serving()) as base:
        seen = await probe(base + ROUTE, ended.trusting())
    assert (seen.stage, seen.detail) == (Stage.TLS, "certificate has expired")


async def test_a_port_where_nobody_listens_and_a_name_without_address_are_told_apart() -> None:
    (nobody,) = free_ports(1)
    closed = await probe(f"https://localhost:{nobody}{ROUTE}")
    assert closed.stage is Stage.CONNECT
    nameless = await probe(f"https://no-such-name.invalid{ROUTE}")
    assert nameless.stage is Stage.NAME
    assert nameless.detail


async def test_what_speaks_no_tls_is_found() -> None:
    async def plain(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(plain, "localhost", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        seen = await probe(f"https://localhost:{port}{ROUTE}")
    assert seen.stage is Stage.TLS


def test_only_public_authorities_are_trusted_by_name_and_chain() -> None:
    context = publicly_trusted()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert len(context.get_ca_certs()) > 50
