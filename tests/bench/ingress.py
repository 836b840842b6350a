"""`python -m tests.bench.ingress`: our door beside a minimal aiohttp + aiokafka handler, same broker, same load.

Both get 4 KB Stripe notifications from 64 connections for the same time, in turns. The figure that
counts is requests per CPU second of the serving process: the load and the broker share the machine.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import aiohttp

from deploy.local.site import HOST, ROOT
from tests.bench.site import TOKEN, body, headers, running
from tests.bench.table import asked, show
from tests.conftest import free_ports

SECONDS, CONNECTIONS, ROUNDS = 6.0, 64, 3
_TICKS = os.sysconf("SC_CLK_TCK")
Figures = tuple[float, float]
"""Requests a second, requests per CPU second of the server."""


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder), "http://127.0.0.1:9/none", roles=False) as service:
            environment = service.site.environment()
            ports = free_ports(2)
            bootstrap = f"{HOST}:{service.site.ports.kafka}"
            minimal = _start(environment, "ingress_minimal", bootstrap, str(ports[0]))
            own = _start(environment, "ingress_ours", str(ports[1]))
            urls = [f"http://{HOST}:{port}/v1/notifications/stripe/{TOKEN}" for port in ports]
            try:
                for url in urls:
                    await _answers(url)
                rounds = [
                    (await _load(urls[0], minimal.pid), await _load(urls[1], own.pid))
                    for _ in range(ROUNDS)
                ]
            finally:
                minimal.terminate()
                own.terminate()
    least, mine = (_median(side) for side in zip(*rounds, strict=True))
    show(
        f"{CONNECTIONS} connections, median of {ROUNDS} rounds of {SECONDS:.0f} s",
        ("", "requests/s", "per CPU second", "of minimal"),
        [_row("ingress notifications", mine, least), _row("minimal handler", least, least)],
    )


def _row(name: str, figures: Figures, least: Figures) -> tuple[str, str, str, str]:
    return name, f"{figures[0]:,.0f}", f"{figures[1]:,.0f}", f"{figures[1] / least[1]:.2f}"


def _median(figures: tuple[Figures, ...]) -> Figures:
    return median(one[0] for one in figures), median(one[1] for one in figures)


def _start(environment: dict[str, str], module: str, *words: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", f"tests.bench.{module}", *words]
    return subprocess.Popen(command, cwd=ROOT, env=environment)


async def _answers(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(100):
            try:
                async with session.post(url, data=b"x") as response:
                    await response.read()
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


async def _load(url: str, pid: int) -> Figures:
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector) as session:
        payload = body(1)
        signed = headers(payload)
        await _post_for(1.0, session, url, payload, signed)
        cpu, began = _cpu(pid), time.monotonic()
        count = await _post_for(SECONDS, session, url, payload, signed)
        return count / (time.monotonic() - began), count / (_cpu(pid) - cpu)


async def _post_for(seconds: float, session: aiohttp.ClientSession, url: str, *what: object) -> int:
    until = time.monotonic() + seconds
    counts = await asyncio.gather(
        *(_post_until(until, session, url, *what) for _ in range(CONNECTIONS))
    )
    return sum(counts)


async def _post_until(until: float, session: aiohttp.ClientSession, url: str, *what: object) -> int:
    count = 0
    payload, signed = what
    while time.monotonic() < until:
        async with session.post(url, data=payload, headers=signed) as response:  # type: ignore[arg-type]
            await response.read()
            if response.status != 200:
                raise SystemExit(f"{url} answered {response.status}")
        count += 1
    return count


def _cpu(pid: int) -> float:
    """CPU seconds of a process, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    asked(__doc__).parse_args()
    asyncio.run(main())
