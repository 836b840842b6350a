"""kill -9 in a loop while events go to fifty destinations of mixed health: every pair is accounted for."""

import asyncio
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer

from streams.contracts.codec import decode
from streams.contracts.event import Event
from streams.contracts.topics import DELIVERIES, DELIVERIES_DEAD, EVENTS
from streams.kafka.records import as_record
from streams.settings.kafka import KafkaSettings
from tests.sinks.delivery.mixed import KINDS, Pair, Site, can_be_delivered_to, kind_of
from tests.sinks.delivery.running import begin_at_end, delaying, own_app, publish, reading

Topics = tuple[str, ...]
HOLD = 20.0  # seconds that a delivery may hold up the commit of its event
COMMIT = 2.0  # one commit a second, and the time that it takes
MEMORY = 400_000  # KB of the process, whatever its destinations do
Report = Callable[[str, object], None]


@dataclass(slots=True, kw_only=True)
class Killed:
    """`at`: when each kill was. `memory`: KB resident, as sampled from every process in turn.
    `last`: how many samples there were before the last process."""

    at: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    last: int = 0


class Deliver:
    """The role as a process, started again after each kill."""

    def __init__(self, kafka: KafkaSettings, file: Path) -> None:
        self.group = f"deliver-{uuid4().hex[:12]}"
        self.killed = Killed()
        self._words = (kafka.bootstrap, self.group, str(file))
        self._process: Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.sinks.delivery.deliver_project", *self._words),
            stderr=DEVNULL,
        )

    async def kill(self) -> None:
        self.killed.at.append(time.monotonic())
        await self._end(signal.SIGKILL)
        self.killed.last = len(self.killed.memory)
        await self.start()

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            self.killed.memory.append(self._resident())

    def _resident(self) -> int:
        assert self._process is not None
        try:
            lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            return 0  # between a kill and the next start
        return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)

    async def _end(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        await self._process.wait()


@asynccontextmanager
async def running(kafka: KafkaSettings, file: Path) -> AsyncIterator[Deliver]:
    role = Deliver(kafka, file)
    await begin_at_end(kafka, role.group, (EVENTS, DELIVERIES))
    await role.start()
    watching = asyncio.create_task(role.watch())
    try:
        yield role
    finally:
        watching.cancel()
        await role.stop()


async def read_dead(client: AIOKafkaConsumer, base: str, dead: set[Pair]) -> None:
    while True:
        batches = await client.getmany(timeout_ms=200)
        for one in (as_record(found) for batch in batches.values() for found in batch):
            if base.encode() in one.value:
                name = (one.header("destination") or b"").decode()
                dead.add((name, decode(one.value, Event).id))


async def kill_in_a_loop(
    kafka: KafkaSettings, folder: Path, *, events: int, kills: int, within: float
) -> tuple[Site, Killed, set[Pair], set[Pair]]:
    """The site, the kills, the pairs that were expected and those in the dead letters."""
    dead: set[Pair] = set()
    async with Site(own_app()) as site, delaying(kafka), reading(kafka, DELIVERIES_DEAD) as letters:
        told = site.events(events)
        expected = site.expected(told)
        reading_dead = asyncio.create_task(read_dead(letters, site.base, dead))
        async with running(kafka, site.write_project(folder)) as role:
            await publish(kafka, told)
            for _ in range(kills):
                posts = len(site.arrived.posts)
                async with asyncio.timeout(within):
                    while len(site.arrived.posts) < posts + len(expected) // (4 * kills):  # noqa: ASYNC110 - posts come from another process
                        await asyncio.sleep(0.02)
                await role.kill()
            async with asyncio.timeout(within):
                while not expected <= site.arrived.accepted.keys() | dead:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.1)
        reading_dead.cancel()
    return site, role.killed, expected, dead


def check(site: Site, killed: Killed, expected: set[Pair], dead: set[Pair], report: Report) -> None:
    accepted = site.arrived.accepted
    seen = {pair for _, pair in site.arrived.posts}
    assert seen <= expected, "a destination got an event of another's filter"
    assert {kind_of(name) for name, _ in expected} == set(KINDS)
    healthy = {pair for pair in expected if can_be_delivered_to(pair[0])}
    assert healthy == accepted.keys(), "those that can be delivered to have all of theirs"
    assert expected - healthy == dead, "and only the others' are dead letters"
    copies = sum(accepted.values()) - len(accepted)
    # Before each kill: what was delivered since the oldest that was not done, as long as that may be.
    uncommitted = sum(
        sum(at - HOLD - COMMIT < when <= at for when, _ in site.arrived.posts) for at in killed.at
    )
    report("pairs, accepted, dead", (len(expected), len(accepted), len(dead)))
    report("copies, of at most", (copies, uncommitted))
    report("KB of memory at most", max(killed.memory))
    assert 0 < copies <= uncommitted, "no copy at all: the kills have shown nothing"
    assert 0 < max(killed.memory) < MEMORY


@pytest.mark.timeout(180)
async def test_kill_9_twice_loses_no_pair_of_event_and_destination(
    kafka: KafkaSettings, topics: Topics, tmp_path: Path, record_property: Report
) -> None:
    found = await kill_in_a_loop(kafka, tmp_path, events=150, kills=2, within=120)

    check(*found, record_property)


@pytest.mark.faults
@pytest.mark.timeout(1800)
async def test_kill_9_in_a_loop_while_10_000_events_go_to_50_destinations(
    kafka: KafkaSettings, topics: Topics, tmp_path: Path, record_property: Report
) -> None:
    site, killed, expected, dead = await kill_in_a_loop(
        kafka, tmp_path, events=10_000, kills=12, within=1200
    )

    check(site, killed, expected, dead, record_property)
    # The processes before it lived too short to fill; it has its whole backlog in its first half.
    lasted = killed.memory[killed.last :]
    half = len(lasted) // 2
    record_property("KB of the last one's halves", (max(lasted[:half]), max(lasted[half:])))
    assert max(lasted[half:]) < 1.1 * max(lasted[:half]), "memory is not flat"
