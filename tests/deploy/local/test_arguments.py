"""What deploy/up and deploy/test make of their arguments."""

from pathlib import Path

import pytest

from deploy.local.arguments import test_arguments as arguments
from deploy.local.arguments import up_arguments


def test_it_runs_in_four_processes_and_tells_what_took_longest() -> None:
    assert arguments([]) == ["-n", "4", "--durations=25", "--durations-min=1"]


def test_what_is_given_comes_later_so_that_pytest_takes_it_instead() -> None:
    assert arguments(["-n", "0", "--pdb"])[-3:] == ["-n", "0", "--pdb"]
    assert arguments(["--faults", "tests/streams"])[-2:] == ["tests/streams", "--faults"]


def test_its_help_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["--help"])
    told = capsys.readouterr().out
    assert "in four\nprocesses" in told
    assert "deploy/test -n 0 --pdb" in told


def test_a_project_file_is_found_from_where_the_caller_stood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.toml").touch()
    monkeypatch.setenv("DEPLOY_CALLED_FROM", str(tmp_path))
    assert up_arguments(["--project", "mine.toml"]).project == tmp_path / "mine.toml"
    elsewhere = tmp_path / "mine.toml"
    assert up_arguments(["--project", str(elsewhere)]).project == elsewhere


def test_what_is_checked_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        up_arguments(["--check"])
    assert "--check: say which file" in capsys.readouterr().err
    file = tmp_path / "project.toml"
    file.touch()
    assert up_arguments(["--check", "--project", str(file)]).check
