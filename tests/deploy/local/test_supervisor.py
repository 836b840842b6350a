"""The supervisor: who ends is started again, alone; stopping stops everybody."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.last_words import how_it_ended
from deploy.local.programs import BROKER, Program
from deploy.local.site import Ports, Site
from deploy.local.supervisor import Child, Supervisor, end_left_over, is_left_over, socket_path
from streams.contracts.errors import TransientError

_SLEEPS = "import time; time.sleep(600)"
_ENDS = "raise SystemExit('cannot go on')"


def _site(folder: Path) -> Site:
    ports = Ports(notifications=1, charts=2, api=3, kafka=4, private=5)
    return Site(folder=folder, name="demo", ports=ports, project=folder / "project.toml")


def _program(name: str, code: str) -> Program:
    return Program(name=name, command=(sys.executable, "-c", code), ready=None, health_port=0)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """Over a broker and three roles, of which `broken` ends at once."""
    programs = [_program(name, _SLEEPS) for name in (BROKER, "verify", "track")]
    made = Supervisor(_site(tmp_path), [*programs, _program("broken", _ENDS)])
    made.start()
    for name in (BROKER, "verify", "track", "broken"):
        made.start_child(name)
    yield made
    made.stop()


def _wait_for(what: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _runs(child: Child) -> bool:
    return child.pid > 0 and not child.failing


def _all_run(supervisor: Supervisor) -> bool:
    children = supervisor.children()
    return all(_runs(children[name]) for name in (BROKER, "verify", "track"))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_child_is_started_again_and_the_others_go_on(supervisor: Supervisor) -> None:
    _wait_for(lambda: _all_run(supervisor))
    before = supervisor.children()
    os.kill(before["verify"].pid, signal.SIGKILL)
    _wait_for(lambda: supervisor.children()["verify"].pid not in {0, before["verify"].pid})
    time.sleep(1)  # a signal between fork and exec would be lost: let it come up before it is ended
    after = supervisor.children()
    assert after[BROKER].pid == before[BROKER].pid
    assert after["track"].pid == before["track"].pid


def test_who_ends_at_once_is_seen_to_fail_and_its_log_says_why(supervisor: Supervisor) -> None:
    _wait_for(lambda: supervisor.children()["broken"].failing)
    assert "cannot go on" in supervisor.log_file("broken").read_text()
    assert how_it_ended("broken", supervisor.own_log()) == "exit status 1"


def test_stopping_ends_every_child(supervisor: Supervisor) -> None:
    _wait_for(lambda: _all_run(supervisor))
    pids = [child.pid for child in supervisor.children().values() if child.pid]
    supervisor.stop()
    assert not any(_alive(pid) for pid in pids)


def test_what_a_killed_start_left_running_is_ended(supervisor: Supervisor, tmp_path: Path) -> None:
    _wait_for(lambda: _all_run(supervisor))
    pids = [child.pid for child in supervisor.children().values() if child.pid]
    assert is_left_over(_site(tmp_path))
    end_left_over(_site(tmp_path))
    assert not is_left_over(_site(tmp_path))
    supervisor.stop()
    assert not any(_alive(pid) for pid in pids)


def _kill_supervisor(supervisor: Supervisor) -> list[int]:
    """Of the children that it leaves, the pids."""
    _wait_for(lambda: _all_run(supervisor))
    children = supervisor.children()
    assert supervisor.pid is not None
    os.kill(supervisor.pid, signal.SIGKILL)
    return [children[name].pid for name in (BROKER, "verify", "track")]


def test_a_killed_supervisor_is_told_and_stopping_ends_the_children_that_it_left(
    supervisor: Supervisor,
) -> None:
    left = _kill_supervisor(supervisor)
    with pytest.raises(TransientError, match=r"The supervisor has ended.*Start deploy/up again"):
        _wait_for(lambda: not supervisor.children())
    assert all(_alive(pid) for pid in left)
    supervisor.stop()
    assert not any(_alive(pid) for pid in left)


def test_children_of_a_killed_supervisor_are_ended_by_the_next_start(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    left = _kill_supervisor(supervisor)
    assert is_left_over(_site(tmp_path))
    end_left_over(_site(tmp_path))
    assert not any(_alive(pid) for pid in left)
    assert not is_left_over(_site(tmp_path))


def test_children_of_another_checkout_s_supervisor_are_left_alone(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    left = _kill_supervisor(supervisor)
    other = _site(tmp_path / "other")
    assert not is_left_over(other)
    end_left_over(other)
    assert all(_alive(pid) for pid in left)


def test_nothing_is_left_over_where_nothing_runs(tmp_path: Path) -> None:
    site = _site(tmp_path)
    assert not is_left_over(site)
    site.run.mkdir()
    socket_path(site).touch()
    assert not is_left_over(site)


def test_a_path_too_long_for_a_socket_moves_it_to_the_system_folder(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 90)
    assert socket_path(_site(tmp_path)).parent == tmp_path / "run"
    assert len(os.fsencode(socket_path(_site(long)))) <= 100
