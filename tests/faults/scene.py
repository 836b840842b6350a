"""A scene of the fault tests: topics of its own, workers as processes, what they said and wrote."""

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from streams.contracts.codec import encode, read_json
from streams.contracts.topics import DEAD, Topic
from streams.kafka.topics import create_and_check
from streams.observe import clock
from streams.settings.kafka import KafkaSettings
from tests.faults.findings import Findings, compare
from tests.faults.load import Load
from tests.faults.topics import committed, count_all, read_all
from tests.faults.worker import Spec

_DAY = timedelta(days=1)
PARTITIONS = 4


@dataclass(kw_only=True)
class Worker:
    """One slot; started again after a crash, as a supervisor would."""

    spec: Spec
    log: Path
    process: subprocess.Popen[bytes]
    exits: list[int] = field(default_factory=list)

    def said(self, event: str) -> list[Mapping[str, Any]]:
        """Its log lines of that event, over all its lives."""
        lines = [read_json(line) for line in self.log.read_bytes().splitlines() if line[:1] == b"{"]
        return [line for line in lines if line.get("event") == event]

    def mentions(self, text: str) -> bool:
        """Whether a log line has this in it; for what libraries say."""
        return text in self.log.read_text(encoding="utf-8")

    def kill(self) -> None:
        """kill -9."""
        self.process.send_signal(signal.SIGKILL)
        self.exits.append(self.process.wait())

    def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        self.process.send_signal(signal.SIGTERM)
        self.exits.append(self.process.wait(timeout=20))
        return self.exits[-1]

    def start(self) -> None:
        self.process = spawn(self.spec, self.log)

    def start_if_crashed(self) -> None:
        if self.process.poll() is not None:
            self.exits.append(self.process.returncode)
            self.start()


def spawn(spec: Spec, log: Path) -> subprocess.Popen[bytes]:
    """A worker of its own process group, so that a Ctrl-C of the tests leaves it to them."""
    command = [sys.executable, "-m", "tests.faults.worker", encode(spec).decode()]
    root = Path(__file__).parents[2]
    with log.open("ab") as out:
        return subprocess.Popen(
            command, stdout=out, stderr=out, cwd=root, env=dict(os.environ), start_new_session=True
        )


@dataclass(kw_only=True)
class Scene:
    """`name` is unique on the broker."""

    kafka: KafkaSettings
    folder: Path
    name: str
    build: str = "ours"
    pause: float = 0.0
    eager: bool = False
    health_port: int = 0
    inbox_name: str = "inbox"
    workers: list[Worker] = field(default_factory=list)

    @classmethod
    def named(cls, kind: str, kafka: KafkaSettings, folder: Path) -> Self:
        """One whose name nothing else on the broker has."""
        return cls(kafka=kafka, folder=folder, name=f"{kind}-{uuid.uuid4().hex[:8]}")

    def __post_init__(self) -> None:
        self.load = Load(kafka=self.kafka, topic=self.inbox)

    @property
    def inbox(self) -> str:
        return f"{self.name}.{self.inbox_name}"

    @property
    def told(self) -> str:
        return f"{self.name}.told"

    @property
    def replayed(self) -> str:
        return f"{self.name}.replayed"

    @property
    def changelog(self) -> str:
        return f"{self.group}-counts-changelog"

    @property
    def group(self) -> str:
        return f"{self.name}-v1"

    async def prepare(self) -> None:
        """Make the topics."""
        await create_and_check(
            self.kafka,
            partitions=PARTITIONS,
            replication=1,
            local=True,
            topics=(
                Topic(name=self.inbox, retention=_DAY),
                Topic(name=self.told, retention=_DAY),
                Topic(name=self.replayed, retention=_DAY),
                Topic(name=self.changelog, retention=None),
                Topic(name=DEAD, retention=timedelta(days=90)),
            ),
        )

    def start(self, slot: str) -> Worker:
        """A worker in that slot."""
        spec, log = self.spec(slot), self.folder / f"worker-{slot}.log"
        worker = Worker(spec=spec, log=log, process=spawn(spec, log))
        self.workers.append(worker)
        return worker

    def spec(self, slot: str) -> Spec:
        """What such a worker is started with."""
        return Spec(
            bootstrap=self.kafka.bootstrap,
            data_dir=str(self.folder),
            agent=self.name,
            inbox=self.inbox,
            told=self.told,
            replayed=self.replayed,
            partitions=PARTITIONS,
            slot=slot,
            pause=self.pause,
            eager=self.eager,
            health_port=self.health_port,
            build=self.build,
        )

    def end(self) -> None:
        """Whatever still runs."""
        for worker in self.workers:
            worker.process.kill()
            worker.process.wait()

    async def until(self, true: Callable[[], bool], within: float, what: str) -> None:
        """Wait for something that workers do."""
        deadline = clock.monotonic() + within
        while not true():
            assert clock.monotonic() < deadline, f"{what}: not within {within} s\n{self.logs()}"
            await asyncio.sleep(0.05)

    async def taken_up(self, worker: Worker, times: int = 1, within: float = 15.0) -> None:
        """Wait until the worker has taken up partitions so often, over all its lives."""
        await self.until(
            lambda: len(worker.said("partitions_taken_up")) >= times, within, "taking up partitions"
        )

    async def in_flight(self) -> int:
        """Commands that are acknowledged to the sender and not committed by the group."""
        return self.load.count - await committed(self.kafka, self.group, self.inbox)

    async def drained(self, within: float = 40.0) -> None:
        """Wait until the group has committed all; workers that crashed are started again."""
        deadline = clock.monotonic() + within
        while (left := await self.in_flight()) > 0:
            assert clock.monotonic() < deadline, f"{left} commands left\n{self.logs()}"
            for worker in self.workers:
                if worker.exits[-1:] != [0]:
                    worker.start_if_crashed()
            await asyncio.sleep(0.25)

    async def findings(self) -> Findings:
        """Compare all that was written with all that was sent."""
        told, states = (
            await read_all(self.kafka, self.told),
            await read_all(self.kafka, self.changelog),
        )
        return compare(self.load.sent, told, states)

    async def replays(self) -> int:
        """Commands that a worker met again after their state was kept."""
        return await count_all(self.kafka, self.replayed)

    def crashes(self) -> Counter[int]:
        """Exit codes that no test asked for."""
        return Counter(code for w in self.workers for code in w.exits if code not in {0, -9})

    def logs(self) -> str:
        """The last lines of every worker."""
        texts = [w.log.read_text(encoding="utf-8").splitlines()[-15:] for w in self.workers]
        return "\n".join(line[:2_000] for text in texts for line in text)
