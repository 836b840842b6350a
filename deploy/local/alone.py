"""One deploy/up at a time in a checkout, by a lock that its process holds until it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.contracts.errors import ConfigError


@contextmanager
def alone(run: Path) -> Iterator[None]:
    """Raise ConfigError, naming the process, when another one holds the lock in `run`."""
    run.mkdir(parents=True, exist_ok=True)
    with (run / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise ConfigError(
                f"deploy/up is already running in this checkout (process {lock.read().strip()}):"
                " stop it first, by Ctrl-C in its terminal"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
