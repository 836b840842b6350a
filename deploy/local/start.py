"""The first step of deploy/up and deploy/test: read the arguments, make the environment, go on inside it.

Runs on the machine's own Python, so it imports nothing but the standard library.
"""

import os
import platform
import sys
from pathlib import Path

from deploy.local.arguments import test_arguments, up_arguments
from deploy.local.install import Lock, NotInstalledError, install

_ROOT = Path(__file__).parents[2]
_FOLDER = Path(__file__).parent
VENV = _ROOT / ".local" / "venv"
UP = Lock(
    file=_FOLDER / "requirements.txt",
    what="Faust, aiokafka, aiohttp, ClickHouse's engine (chdb), a Java runtime for Kafka, ...",
    download_mb=390,
    disk_mb=1200,
)
TEST = Lock(
    file=_FOLDER / "requirements-test.txt",
    what="what the service runs on, and pytest, hypothesis, mypy, ruff, ...",
    download_mb=430,
    disk_mb=1400,
)


def main(command: str, given: list[str]) -> None:
    """Does not return: the process becomes the next step."""
    if command == "up":
        up_arguments(given)  # a mistake is told before anything is installed
        _become(UP, ["-m", "deploy.local.up", *given])
    else:
        _become(TEST, ["-m", "pytest", *test_arguments(given)])


def _become(lock: Lock, then: list[str]) -> None:
    _refuse_musl()
    try:
        python = install(lock, VENV)
    except NotInstalledError as problem:
        sys.exit(str(problem))
    os.execv(python, [str(python), *then])


def _refuse_musl() -> None:
    if platform.system() == "Linux" and platform.libc_ver()[0] != "glibc":
        sys.exit(
            "This Linux has no glibc (Alpine?): the ClickHouse engine is not built for it."
            " Use a Debian, Ubuntu, Fedora or the like, or a container of one."
        )


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2:])
    except KeyboardInterrupt:
        sys.exit("stopped; the next start goes on where this one was")
