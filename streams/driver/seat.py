"""One process a slot: its folder is locked while it lives, since two would fence each other for ever."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from streams.contracts.errors import ConfigError
from streams.observe import clock


@contextmanager
def hold_seat(folder: Path, wait: float) -> Iterator[None]:
    """Make the folder and hold it; raise ConfigError when another process still does after `wait` s.

    The system gives the lock back when a process ends, however it ends.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # what customers bought is in it
    deadline = clock.monotonic() + wait
    with (folder / ".lock").open("w") as lock:
        while not _locked(lock):
            if clock.monotonic() > deadline:
                raise ConfigError(
                    f"{folder} is held by another process: give each worker its own SN_SLOT"
                )
            time.sleep(0.1)
        yield


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
