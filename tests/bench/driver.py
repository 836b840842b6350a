"""`python -m tests.bench.driver`: what the driver costs a record, and how fast it restores.

One step (decode, digest, encode), state in RocksDB with a changelog, one output a record: run by
the driver, by stock Faust, and by a plain aiokafka loop without any of the guarantees. CPU time is
the whole process's, all threads. Then 300,000 keys are restored from the changelog.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.local.broker import Broker
from streams.contracts.codec import encode
from streams.contracts.step import Record
from streams.kafka.producer import Producer
from streams.observe import clock
from streams.settings.kafka import KafkaSettings
from tests.bench.table import asked, microseconds, show
from tests.conftest import free_ports
from tests.faults.machine import Command, Machine, State
from tests.faults.scene import Scene, Worker
from tests.faults.topics import count_all

RECORDS, KEYS = 60_000, 300_000
_FEWER = {"faust": 6_000}  # it takes minutes for more
NAMES = {
    "driver": "the driver",
    "faust": "stock Faust 0.15.3, deliveries not awaited",
    "plain": "a plain aiokafka loop without guarantees",
}
_TICKS = os.sysconf("SC_CLK_TCK")


async def main() -> None:
    ports = free_ports(2)
    with tempfile.TemporaryDirectory() as folder:
        broker = Broker(folder=Path(folder) / "kafka", port=ports[0], controller_port=ports[1])
        broker.start()
        try:
            kafka = KafkaSettings(bootstrap=broker.bootstrap)
            rows = [await _cost(kafka, Path(folder), which) for which in NAMES]
            step = ("the step alone, which is in each", f"{_step():.0f}", "")
            columns = ("", "CPU us a record", "records/s")
            show("Records with state and output", columns, [*rows, step])
            show(f"{KEYS:,} keys restored", ("", "s"), await _restore(kafka, Path(folder)))
        finally:
            broker.stop()


async def _cost(kafka: KafkaSettings, folder: Path, which: str) -> tuple[str, str, str]:
    records = _FEWER.get(which, RECORDS)
    scene = await _filled(kafka, folder, records, keys=400)
    process = _start(scene, which)
    try:
        begun = await _told(scene, process, records // 5)  # what starting costs is not counted
        ended = await _told(scene, process, records)
    finally:
        process.kill()
        process.wait()
    count, cpu, wall = (b - a for a, b in zip(begun, ended, strict=True))
    return NAMES[which], f"{cpu / count * 1e6:.0f}", f"{count / wall:,.0f}"


def _step() -> float:
    machine = Machine(told="told", replayed="replayed")
    state, value = encode(State(number=41, digest="0" * 16)), encode(Command(id=1, number=42))
    record = Record(topic="in", partition=0, offset=0, key=b"key-1", value=value)
    return microseconds(lambda: machine.step(record, state))


async def _restore(kafka: KafkaSettings, folder: Path) -> list[tuple[str, str]]:
    scene = await _filled(kafka, folder, KEYS, keys=KEYS)
    worker = scene.start("0")
    try:
        await scene.drained(within=120)
        worker.stop()
        shutil.rmtree(scene.folder / f"{scene.name}-0")
        cold = await _started(scene, worker)
        restored = worker.said("partitions_taken_up")[-1]
        assert restored["restored"] >= KEYS
        worker.stop()
        warm = await _started(scene, worker)
        worker.stop()
    finally:
        scene.end()
    return [
        ("reading the changelog into RocksDB", f"{restored['seconds']:.2f}"),
        ("process start to first record, nothing local", f"{cold:.2f}"),
        ("process start to first record, local copy", f"{warm:.2f}"),
    ]


async def _started(scene: Scene, worker: Worker) -> float:
    begun, lives = clock.monotonic(), len(worker.said("partitions_taken_up"))
    worker.start()
    await scene.taken_up(worker, lives + 1, within=60)
    return clock.monotonic() - begun


async def _filled(kafka: KafkaSettings, folder: Path, count: int, keys: int) -> Scene:
    scene = Scene.named("bench", kafka, folder)
    scene.load.keys = keys
    await scene.prepare()
    async with Producer(kafka, client_id="bench") as producer:
        while scene.load.count < count:
            await scene.load.send(producer, 2_000)
    return scene


def _start(scene: Scene, which: str) -> subprocess.Popen[bytes]:
    if which == "driver":
        return scene.start("0").process
    command = [sys.executable, "-m", "tests.bench.driver_rivals", which]
    return subprocess.Popen([*command, encode(scene.spec("0")).decode()])


async def _told(
    scene: Scene, process: subprocess.Popen[bytes], count: int
) -> tuple[float, float, float]:
    """Records told, CPU seconds and wall seconds, once so many were told."""
    while (told := await count_all(scene.kafka, scene.told)) < count:
        assert process.poll() is None, "it ended"
        await asyncio.sleep(0.05)
    return told, _cpu(process.pid), clock.monotonic()


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().split()
    return (int(fields[13]) + int(fields[14])) / _TICKS  # user and system


if __name__ == "__main__":
    asked(__doc__).parse_args()
    asyncio.run(main())
