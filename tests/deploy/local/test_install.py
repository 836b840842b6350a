"""The environment is made once per lock; the shell refuses what can't run, by name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.install import Lock, NotInstalledError, _compile, install
from deploy.local.site import ROOT


def _lock(folder: Path, text: str) -> Lock:
    file = folder / "requirements.txt"
    file.write_text(text)
    return Lock(file=file, what="nothing", download_mb=0, disk_mb=0)


def test_it_is_made_once_with_hashes_only_and_again_when_it_is_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "venv"
    python = install(_lock(tmp_path, "# nothing\n"), folder)
    assert python == folder / "bin" / "python"
    assert "Installing 0 packages" in capsys.readouterr().out
    install(_lock(tmp_path, "# nothing\n"), folder)
    assert capsys.readouterr().out == ""
    with pytest.raises(NotInstalledError, match="--require-hashes"):
        install(_lock(tmp_path, "rich==15.0.0\n"), folder)
    install(_lock(tmp_path, "# nothing\n"), folder)
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert (folder / ".requirements").read_text().split()[1] == version
    capsys.readouterr()
    python.unlink()
    assert install(_lock(tmp_path, "# nothing\n"), folder).exists()
    assert "Installing" in capsys.readouterr().out


def test_what_is_installed_is_compiled_but_for_packages_own_tests_and_what_is_no_python(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "site-packages" / "package"
    (package / "tests").mkdir(parents=True)
    (package / "template.py").write_text("class {{ name }}:\n")
    for name in ("module.py", "tests/test_module.py"):
        (package / name).write_text("X = 1\n")
    _compile(Path(sys.executable), tmp_path)
    assert [file.name.split(".")[0] for file in tmp_path.rglob("*.pyc")] == ["module"]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("command", ["up", "test"])
def test_help_teaches_without_installing(command: str) -> None:
    done = subprocess.run(
        [ROOT / "deploy" / command, "--help"], capture_output=True, text=True, check=True
    )
    assert f"deploy/{command}" in done.stdout
    assert "examples:" in done.stdout


def test_a_mistake_in_the_arguments_is_told_before_anything_is_installed() -> None:
    done = subprocess.run(
        [ROOT / "deploy" / "up", "--project", "no-such-file.toml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "there is no file " in done.stderr
    assert "no-such-file.toml" in done.stderr


def _with_fakes(folder: Path, **programs: str) -> dict[str, str]:
    """An environment whose PATH finds these programs first."""
    for name, script in programs.items():
        file = folder / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


def test_another_machine_is_refused_by_name(tmp_path: Path) -> None:
    environment = _with_fakes(tmp_path, uname='[ "$1" = -s ] && echo FreeBSD || echo amd64')
    done = subprocess.run(
        [ROOT / "deploy" / "up"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "This machine is FreeBSD amd64" in done.stderr


def test_an_old_python_is_named_beside_what_is_needed(tmp_path: Path) -> None:
    names = ("python3", "python3.14", "python3.13", "python3.12", "python3.11")
    environment = _with_fakes(tmp_path, **dict.fromkeys(names, "echo 3.9"))
    done = subprocess.run(
        [ROOT / "deploy" / "up"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Python 3.11, 3.12, 3.13 or 3.14 is needed" in done.stderr
    assert "python3 (3.9)" in done.stderr
