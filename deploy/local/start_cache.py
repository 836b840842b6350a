"""What Java reads and links while Kafka starts, kept from one start for all later ones: a third of the CPU.

So a broker that crashed is back sooner, and stores are refused for a shorter time. Java itself checks
that the file is of its own version and of these very jars, and starts without it where it is not.
"""

import fcntl
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.broker import Broker
from deploy.local.broker_command import HOST, start_cache
from deploy.local.jars import Progress, silent

_ROOM = 1_000_000_000  # bytes: it takes 65 MB, and as much again while it is made
_WRITTEN_WITHIN = 60.0  # seconds from Kafka's end


def make_start_cache(jars: Sequence[Path], progress: Progress = silent) -> None:
    """Returns at once when it is there, another process is making it or the disk is too full for it; else
    after some seconds. Raise ConfigError when Kafka does not start."""
    path = start_cache(jars)
    if path.exists() or shutil.disk_usage(path.parent).free < _ROOM:
        return
    with _alone(path.parent) as ours:
        if ours and not path.exists():
            progress(
                "what Java learns at a first start of Kafka, so that every later one is quicker"
            )
            _make(path)


def _make(path: Path) -> None:
    with TemporaryDirectory(dir=path.parent) as name:
        port, controller_port = _free_ports()
        folder, made = Path(name), Path(name) / "made.aot"
        broker = Broker(
            folder=folder, port=port, controller_port=controller_port, quick=True, learned=made
        )
        try:
            broker.start()
        finally:
            whole = broker.stop(_WRITTEN_WITHIN)
        if whole:
            _keep(made, path)


def _keep(made: Path, path: Path) -> None:
    for older in path.parent.glob("kafka-*.aot"):
        older.unlink()  # of other jars, or of another Java
    if made.exists():
        made.rename(path)
    else:
        path.touch()  # this Java can't: not to be tried at each start


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether it is this process that makes it."""
    with (folder / ".start-cache.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _free_ports() -> tuple[int, int]:
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(2)]
        for probe in probes:
            probe.bind((HOST, 0))
        first, second = (int(probe.getsockname()[1]) for probe in probes)
        return first, second
