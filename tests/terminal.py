"""A command on a real terminal: what it shows there, and its questions answered."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence

from tests.architecture.source import ROOT

_SILENT = 30.0  # seconds without a word


def on_terminal(
    command: Sequence[str], answers: Mapping[str, str] | None = None, columns: int = 100
) -> str:
    """All that was shown. `answers`: by a part of the question; each is answered once."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT)
    os.close(theirs)
    try:
        seen = _talk(ours, dict(answers or {}))
    finally:
        os.close(ours)
    assert process.wait(_SILENT) == 0, seen
    return seen


def _talk(terminal: int, answers: dict[str, str]) -> str:
    seen = b""
    while select.select([terminal], [], [], _SILENT)[0]:
        try:
            read = os.read(terminal, 4096)
        except OSError:  # the other side has gone: how a terminal on Linux ends
            read = b""
        if not read:
            break
        seen += read
        asked = seen.rpartition(b"\n")[2].decode(errors="replace")
        for question in [one for one in answers if one in asked]:
            os.write(terminal, f"{answers.pop(question)}\n".encode())
    return seen.decode()
