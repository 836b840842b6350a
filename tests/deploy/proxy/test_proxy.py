"""The reverse-proxy files, run by the real servers: what comes through, what does not, what is logged."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from random import Random

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from streams.contracts.reach import Stage
from streams.observe.probe import probe
from tests.architecture.source import ROOT
from tests.certificate import NOW, Certificate
from tests.conftest import free_ports

FOLDER = ROOT / "deploy" / "proxy"
NAME = "notifications.example.com"
TOKEN = "token-AAAA_bbbb-cccc-1234"
ROUTE = f"/v1/notifications/stripe/{TOKEN}"
MIB = 1024 * 1024
NGINX_AROUND = """
pid {folder}/nginx.pid;
error_log {folder}/start.log crit;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


@dataclass(kw_only=True)
class Upstream:
    """In the place of the notification route: answers as it does (413 over 1 MiB, by aiohttp's own
    cap), and keeps what it got."""

    port: int
    got: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET":
            return web.Response(text='{"status":"alive, waiting for POST"}')
        if "Content-Encoding" in request.headers:
            return web.Response(status=415)
        body = await request.read()
        self.got.append((request.raw_path, body, dict(request.headers)))
        return web.Response(text='{"receipt_id":"r"}')

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        runner = web.ServerRunner(web.Server(self.answer))
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", self.port).start()
            yield
        finally:
            await runner.cleanup()


@dataclass(frozen=True, kw_only=True)
class Proxy:
    port: int
    folder: Path
    certificate: Certificate
    upstream: Upstream
    session: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    async def post(self, body: bytes, path: str = ROUTE, **headers: str) -> int:
        async with self.session.post(
            self.url + path, data=BytesIO(body), headers=headers
        ) as response:
            return response.status

    def logged(self) -> str:
        """All that it wrote anywhere in its folder, certificate apart."""
        return "".join(path.read_text(errors="replace") for path in self.folder.rglob("*.log"))


def nginx(folder: Path, port: int, upstream: Upstream, certificate: Certificate) -> list[str]:
    site = (FOLDER / "nginx.conf").read_text()
    for old, new in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("listen [::]:443 ssl", f"listen [::1]:{port} ssl"),
        (f"/etc/letsencrypt/live/{NAME}/fullchain.pem", str(certificate.file)),
        (f"/etc/letsencrypt/live/{NAME}/privkey.pem", str(certificate.file)),
        ("/var/log/nginx/", f"{folder}/"),
        ("127.0.0.1:8080", f"127.0.0.1:{upstream.port}"),
        (NAME, "localhost"),
    ):
        assert old in site
        site = site.replace(old, new)
    (folder / "site.conf").write_text(site)
    (folder / "nginx.conf").write_text(NGINX_AROUND.format(folder=folder))
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]


def caddy(folder: Path, port: int, upstream: Upstream, certificate: Certificate) -> list[str]:
    site = (FOLDER / "Caddyfile").read_text()
    for old, new in (
        ("{\n\tlog default", "{\n\tadmin off\n\tauto_https off\n\tlog default"),
        (f"{NAME} {{", f"https://localhost:{port} {{\n\ttls {certificate.file} {certificate.file}"),
        ("127.0.0.1:8080", f"127.0.0.1:{upstream.port}"),
    ):
        assert old in site
        site = site.replace(old, new, 1)
    (folder / "Caddyfile").write_text(site)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


SERVERS = {"nginx": nginx, "caddy": caddy}


@pytest_asyncio.fixture(params=list(SERVERS))
async def proxy(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Proxy]:
    name = request.param
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed: apt-get install {name}")
    ours, theirs = free_ports(2)
    upstream, certificate = Upstream(port=theirs), Certificate(tmp_path, NOW + timedelta(days=60))
    command = SERVERS[name](tmp_path, ours, upstream, certificate)
    environ = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin", "HOME": str(tmp_path)}
    with (tmp_path / "stderr.log").open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=errors, stderr=errors, env=environ
        )
    connector = aiohttp.TCPConnector(ssl=certificate.trusting())
    try:
        await _listens(ours, process, tmp_path)
        async with aiohttp.ClientSession(connector=connector) as session:
            yield Proxy(
                port=ours,
                folder=tmp_path,
                certificate=certificate,
                upstream=upstream,
                session=session,
            )
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 10)


async def _listens(port: int, process: asyncio.subprocess.Process, folder: Path) -> None:
    async with asyncio.timeout(20):
        while True:
            assert process.returncode is None, (folder / "stderr.log").read_text()
            try:
                _, writer = await asyncio.open_connection("localhost", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def test_a_store_gets_through_and_its_body_comes_as_it_was_sent(proxy: Proxy) -> None:
    body = Random(7).randbytes(MIB)  # the largest that a store may send
    async with proxy.upstream.listening():
        seen = await probe(proxy.url + ROUTE, proxy.certificate.trusting())
        signed = {
            "Stripe-Signature": "t=1,v1=ab",
            "Content-Type": "application/json; charset=utf-8",
        }
        assert await proxy.post(body, **signed) == 200
        assert await proxy.post(body + b"x") == 413
        assert await proxy.post(body * 4) in {413, 502}
        assert await proxy.post(b"{}", path="/v1/other") == 404
    assert (seen.stage, seen.alive, seen.post_status) == (Stage.ANSWERED, True, 415)
    ((path, came, headers),) = proxy.upstream.got
    assert path == ROUTE
    assert came == body
    assert signed.items() <= headers.items()


async def test_no_log_holds_a_token_whatever_goes_wrong(proxy: Proxy) -> None:
    async with proxy.upstream.listening():
        assert await proxy.post(b"{}", Referer=f"https://x.example{ROUTE}") == 200
        assert await proxy.post(b"{}", path=f"{ROUTE}?token={TOKEN}") == 200
        assert await proxy.post(b"{}", path=f"/v1/notification/stripe/{TOKEN}") == 404
        assert await proxy.post(b"x" * (MIB + 1)) == 413
    assert await proxy.post(b"{}") == 502
    async with asyncio.timeout(10):
        while proxy.logged().count("/v1/notifications/stripe/***") < 4:  # noqa: ASYNC110 - a file
            await asyncio.sleep(0.05)
    assert TOKEN not in proxy.logged()
