"""Children whose supervisor was killed: they run on, hold their ports, and nobody starts them again.

A child, and whatever it has started, is known by its environment, in which supervisord has put the
address of its own socket and the child's name.
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from deploy.local.programs import BROKER

_SOCKET, _NAME = "SUPERVISOR_SERVER_URL", "SUPERVISOR_PROCESS_NAME"
_STOP = 20.0  # seconds, as the supervisor gives them


def orphans(socket: Path) -> dict[psutil.Process, str]:
    """Each with its name. While their supervisor lives they are none, but its children."""
    found = {}
    for process in psutil.process_iter():
        try:
            environment = process.environ()
        except psutil.Error:  # somebody else's, or it has ended
            continue
        if environment.get(_SOCKET) == f"unix://{socket}":
            found[process] = environment.get(_NAME, "")
    return found


def end_orphans(socket: Path) -> None:
    """The roles first, all at once, then the broker; returns when they have ended."""
    left = orphans(socket)
    _end([process for process, name in left.items() if name != BROKER])
    _end([process for process, name in left.items() if name == BROKER])


def _end(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, late = psutil.wait_procs(processes, timeout=_STOP)
    for process in late:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(late, timeout=_STOP)
