"""What deploy/test makes of its arguments: two processes, unless it is told otherwise."""

import pytest

from deploy.local.arguments import test_arguments as arguments


def test_it_runs_in_two_processes_and_tells_what_took_longest() -> None:
    assert arguments([]) == ["-n", "2", "--durations=25", "--durations-min=1"]


def test_what_is_given_comes_later_so_that_pytest_takes_it_instead() -> None:
    assert arguments(["-n", "0", "--pdb"])[-3:] == ["-n", "0", "--pdb"]
    assert arguments(["--faults", "tests/streams"])[-2:] == ["tests/streams", "--faults"]


def test_its_help_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["--help"])
    told = capsys.readouterr().out
    assert "in two\nprocesses" in told
    assert "deploy/test -n 0 --pdb" in told
