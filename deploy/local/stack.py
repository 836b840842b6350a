"""Everything on one machine, started in order and stopped in order: deploy/up's own work, and the tests'.

Jars, supervisor, broker, topics, then all roles at once; each step returns when it is done.
"""

import asyncio
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Collection

from deploy.local.broker import knows_a_broker
from deploy.local.checking import check_files
from deploy.local.jars import Progress, resolve_jars
from deploy.local.last_words import last_words
from deploy.local.port_check import check_ports, is_taken
from deploy.local.programs import BROKER, Program, programs
from deploy.local.readiness import NotReady, Told, wait_until_ready
from deploy.local.site import HOST, ROOT, Site
from deploy.local.start_cache import make_start_cache
from deploy.local.supervisor import Supervisor
from streams.contracts import topics
from streams.contracts.errors import ConfigError
from streams.kafka.topics import create_and_check
from streams.lookup.pull import pulling
from streams.settings.environment import load_settings

_BROKER_WITHIN = 60.0  # seconds
_ROLES_WITHIN = 90.0
_ROUND = 2.0
_ONE_ROUND = 0.1
_TRIES = 2  # a role that has ended so often before it was ready will not come up
_LAST_LINES = 5
_LONGEST = 300  # characters


class Stack:
    """One site's processes. Call the steps in the order in which they stand here."""

    def __init__(self, site: Site, *, demo: bool) -> None:
        self.site = site
        self._demo = demo
        self._run(programs(site, demo=demo))

    async def check(self) -> None:
        """Raise ConfigError when a setting is wrong, the project can't be used or a port is taken. An
        operator's project in which an app pulls gets the role pull; the demo's Google pushes."""
        file = await check_files(self.site.project, self.site.environment())
        check_ports(self.site)
        if pulling(file.project) and not self._demo:
            self._run(programs(self.site, demo=False, pulls=True))

    def _run(self, programs: list[Program]) -> None:
        self.programs = programs
        self.supervisor = Supervisor(self.site, programs)

    async def fetch_jars(self, told: Progress) -> None:
        jars = await asyncio.to_thread(resolve_jars, progress=told)
        await asyncio.to_thread(make_start_cache, jars, told)

    async def start_broker(self) -> None:
        """Raise ConfigError, with the end of its log, when it does not come up."""
        await asyncio.to_thread(self.supervisor.start)
        self.supervisor.start_child(BROKER)
        deadline = time.monotonic() + _BROKER_WITHIN
        while not await _answers(self.site.ports.kafka):
            if self.supervisor.children()[BROKER].failing or time.monotonic() > deadline:
                raise ConfigError(f"Kafka did not start:\n{self.last_lines(BROKER)}")
            await asyncio.sleep(0.1)

    async def make_topics(self) -> int:
        """How many there are; raise ConfigError when one is not as it must be."""
        settings = load_settings(self.site.environment())
        await create_and_check(
            settings.kafka,
            partitions=settings.partitions,
            replication=settings.replication,
            local=settings.local,
        )
        return len(topics.ALL)

    async def start_roles(self, told: Told) -> list[NotReady]:
        """Those that are not ready in time, or end again and again; empty when all are ready."""
        roles = [program for program in self.programs if program.name != BROKER]
        for program in roles:
            self.supervisor.start_child(program.name)
        deadline = time.monotonic() + _ROLES_WITHIN
        waiting, pids = roles, defaultdict[str, set[int]](set)
        while True:
            late = await wait_until_ready(waiting, within=_ROUND, told=told)
            waiting = [program for program in roles if program.name in {one.name for one in late}]
            for name, child in self.supervisor.children().items():
                pids[name] |= {child.pid} - {0}
            hopeless = any(len(pids[program.name]) > _TRIES for program in waiting)
            if not waiting or hopeless or time.monotonic() > deadline:
                return late

    async def serving(self, names: Collection[str]) -> set[str]:
        """Of these, who can serve now; pull, which nobody asks, whenever it runs."""
        asked = [program for program in self.programs if program.name in names]
        late = await wait_until_ready(asked, within=_ONE_ROUND, told=lambda *_: None)
        serve = {program.name for program in asked} - {one.name for one in late}
        if BROKER in serve and not await _answers(self.site.ports.kafka):
            serve.remove(BROKER)
        return serve

    async def run(self, *command: str) -> str:
        """`python -m ...` with the environment of the roles; raise ConfigError when it fails."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *command),
            cwd=ROOT,
            env=self.site.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            said, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.terminate()
        if process.returncode != 0:
            raise ConfigError(f"python -m {' '.join(command)} failed:\n{said.decode().strip()}")
        return said.decode().strip()

    def last_lines(self, name: str) -> str:
        """Why it ended as far as its log says, else the end of that, and where the rest is."""
        file = self.supervisor.log_file(name)
        log = file.read_text(errors="replace") if file.exists() else ""
        shown = "".join(f"  {line}\n" for line in last_words(log) or _end(log))
        return f"{shown}  ({file})"


def _end(log: str) -> list[str]:
    """Each line once: a role that ends again and again repeats itself."""
    return [line[:_LONGEST] for line in dict.fromkeys(log.splitlines()[-_LAST_LINES:])]


async def _answers(port: int) -> bool:
    return is_taken(port) and await knows_a_broker(f"{HOST}:{port}")
