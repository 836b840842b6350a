"""A real Kafka broker on loopback: one KRaft node, started and stopped as a child of this process.

Run in the foreground, for a supervisor: python -m deploy.local.broker FOLDER PORT CONTROLLER_PORT [quick]

What it holds stays in its folder over restarts and kills; its errors are in FOLDER/broker.log.
"""

import asyncio
import logging
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from deploy.local.broker_command import HOST, BrokerCommand
from deploy.local.jars import Progress, resolve_jars, silent
from streams.contracts.errors import ConfigError

_STOP = 15.0  # seconds
_LOG_CAP = 8 * 1024 * 1024


@dataclass(kw_only=True)
class Broker:
    """One broker in `folder`. `start` returns when it answers; `kill` is kill -9, for fault tests."""

    folder: Path
    port: int
    controller_port: int
    offline: bool = False
    quick: bool = False  # for short lives, as in tests
    learned: Path | None = None  # see BrokerCommand
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

    def stop(self, within: float = _STOP) -> bool:
        """SIGTERM, then SIGKILL when it has not ended within so many seconds: then it gives False."""
        process, self._process = self._process, None
        if process is None:
            return True
        process.terminate()
        try:
            process.wait(within)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return False
        return True

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
        command = BrokerCommand(
            folder=self.folder,
            port=self.port,
            controller_port=self.controller_port,
            quick=self.quick,
            learned=self.learned,
        )
        return command.prepared(jars)

    def open_log(self) -> IO[bytes]:
        """The log, to append to; what it was is set aside when it has grown large."""
        if self.log_file.exists() and self.log_file.stat().st_size > _LOG_CAP:
            self.log_file.rename(self.log_file.with_suffix(".log.1"))
        return self.log_file.open("ab")

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
