"""Makes the virtual environment from a hash-locked file, saying first what and how large it is.

Standard library only. A stamp beside the environment names the lock that it was made from: while
both agree nothing is installed again; an interrupted installation leaves no stamp.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TOLD_EVERY = 5.0  # seconds, where the line can't be rewritten
_KEPT = 15  # lines of pip, told when it fails
_UNUSED = "site-packages/.+/tests/"


class NotInstalledError(Exception):
    """The environment could not be made; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A requirements file with hashes, and what a person wants to know before it is installed."""

    file: Path
    what: str
    download_mb: int
    disk_mb: int

    @property
    def packages(self) -> int:
        """How many of them this machine gets at most."""
        return len(
            re.findall(r"^[A-Za-z0-9._-]+(?:\[.*\])?==", self.file.read_text(), re.MULTILINE)
        )

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.file.read_bytes()).hexdigest()


def install(lock: Lock, folder: Path) -> Path:
    """The environment's Python. Raise NotInstalledError."""
    python = folder / "bin" / "python"
    stamp = folder / f".{lock.file.stem}"
    made_from = f"{lock.sha256} {sys.version_info[0]}.{sys.version_info[1]}\n"
    if stamp.is_file() and stamp.read_text() == made_from and _runs(python):
        return python
    print(
        f"Installing {lock.packages} packages into {_shown(folder)}:\n  {lock.what}\n"
        f"About {lock.download_mb} MB to download, {lock.disk_mb / 1000:.1f} GB on disk; checksums are"
        f" those of {_shown(lock.file)}. Nothing outside of .local changes.",
        flush=True,
    )
    _make(folder, python)
    _pip(python, lock)
    stamp.write_text(made_from)
    return python


def _runs(python: Path) -> bool:
    """Of the same version as this one, though it may have been removed or moved since."""
    try:
        said = subprocess.run(
            [python, "-c", "import sys; print(sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return False
    return said.stdout.strip() == str(sys.version_info[:2])


def _make(folder: Path, python: Path) -> None:
    if _runs(python):
        return
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian leaves it out of python3
    except ImportError:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise NotInstalledError(
            f"This Python {version} can't make virtual environments: it has no ensurepip.\n"
            f"On Debian and Ubuntu: sudo apt install python{version}-venv"
        ) from None
    venv.create(folder, clear=True, with_pip=True)


def _pip(python: Path, lock: Lock) -> None:
    command = [str(python), "-m", "pip", "install", "--no-input", "--require-hashes"]
    command.append("--no-compile")  # which pip does on one core
    quiet = ["--disable-pip-version-check", "--progress-bar", "off", "--no-warn-script-location"]
    started = time.monotonic()
    with subprocess.Popen(
        [*command, *quiet, "-r", str(lock.file)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        lines = list(_told(process, lock.packages))
    if process.returncode != 0:
        said = "".join(lines[-_KEPT:])
        raise NotInstalledError(f"pip could not install {_shown(lock.file)}:\n{said}")
    _compile(python, python.parents[1] / "lib")
    print(f"Installed in {time.monotonic() - started:.0f} s.", flush=True)


def _compile(python: Path, folder: Path) -> None:
    """On every core, without packages' own tests, a third of it. What is no Python, as templates, is
    passed over, as by pip."""
    command = [str(python), "-m", "compileall", "-qq", "-j", "0", "-x", _UNUSED, str(folder)]
    subprocess.run(command, stdin=subprocess.DEVNULL, check=False)


def _told(process: subprocess.Popen[str], packages: int) -> Iterator[str]:
    """pip's lines, its progress told on the way."""
    assert process.stdout is not None
    progress = _Progress(packages)
    for line in process.stdout:
        progress.read(line)
        yield line
    progress.end()


class _Progress:
    """One line that is rewritten on a terminal, a line every few seconds elsewhere."""

    def __init__(self, packages: int) -> None:
        self._packages = packages
        self._collected = 0
        self._terminal = sys.stdout.isatty()
        self._told_at = time.monotonic()

    def read(self, line: str) -> None:
        words = line.split()
        if words[:1] == ["Collecting"] or words[:2] == ["Requirement", "already"]:
            self._collected += 1
        elif words[:1] == ["Downloading"]:
            name, version, *_ = words[1].rsplit("/", 1)[-1].split("-")
            self._tell(f"downloading {name} {version} {' '.join(words[2:])}")
        elif words[:1] == ["Installing"]:
            self._tell("unpacking all of them", now=True)

    def end(self) -> None:
        if self._terminal:
            print("\r\033[K", end="", flush=True)

    def _tell(self, what: str, *, now: bool = False) -> None:
        text = f"  [{self._collected}/{self._packages}] {what}"
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\033[K{text[:width]}", end="", flush=True)
        elif now or time.monotonic() - self._told_at > _TOLD_EVERY:
            self._told_at = time.monotonic()
            print(text, flush=True)


def _shown(path: Path) -> str:
    return os.path.relpath(path)
