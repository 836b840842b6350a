"""Tests in several processes: what stays together, and that an early end leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, files, shown, text
from tests.schedule import _START_THEIR_OWN, together


def test_a_file_stays_whole() -> None:
    assert together("tests/ingress/test_a.py::test_x[b::c]") == "tests/ingress/test_a.py"
    assert together("tests/ingress/test_a.py::TestX::test_y") == "tests/ingress/test_a.py"


def test_the_running_service_is_started_once_and_what_starts_its_own_is_apart() -> None:
    e2e = [path for path in files(("tests",)) if path.is_relative_to(ROOT / "tests" / "e2e")]
    tests = [path for path in e2e if path.name.startswith("test_")]
    own = {shown(path) for path in tests if "with started(" in text(path)}
    shared = {together(f"{shown(path)}::test_x") for path in tests if shown(path) not in own}

    assert own == set(_START_THEIR_OWN)
    apart = {together(f"{name}::test_x") for name in own}
    assert len(apart) == len(shared) == 1  # of four processes two run a service at most
    assert apart != shared


_WAITS = """
import time
from pathlib import Path
import pytest

@pytest.fixture(scope="session")
def started(tmp_path_factory):
    Path("begun").touch()
    yield
    Path("ended").touch()

def test_it_waits(started):
    time.sleep(60)
"""


@pytest.mark.parametrize(("told", "processes"), [(signal.SIGINT, 1), (signal.SIGTERM, 0)])
def test_told_to_end_the_processes_end_what_they_have_started(
    tmp_path: Path, told: signal.Signals, processes: int
) -> None:
    (tmp_path / "test_it.py").write_text(_WAITS)
    own = ["-p", "tests.conftest", "test_it.py"]
    command = [sys.executable, "-m", "pytest", "-n", str(processes), *own]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(command, cwd=tmp_path, env=environment, start_new_session=True)
    try:
        _wait_for(tmp_path / "begun")
        os.killpg(running.pid, told)
        _wait_for(tmp_path / "ended")
        assert running.wait(30) == 2
    finally:
        running.kill()


def _wait_for(file: Path) -> None:
    deadline = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < deadline, f"{file.name}: not within a minute"
        time.sleep(0.05)
