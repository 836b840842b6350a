"""deploy/up and deploy/test as a shell calls them: from anywhere, through links, in folders with spaces."""

import subprocess
from pathlib import Path

import pytest

from tests.architecture.source import ROOT


def _call(script: Path, *arguments: str, at: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [script, *arguments], cwd=at, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("name", ["up", "test"])
def test_a_link_leads_to_the_checkout(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "two words"
    folder.mkdir()
    (folder / "first").symlink_to(ROOT / "deploy" / name)
    (folder / "second").symlink_to("first")
    for link in ("first", "second"):
        told = _call(folder / link, "--help", at=tmp_path)
        assert told.returncode == 0, told.stderr
        assert told.stdout.startswith(f"usage: deploy/{name}")


def test_a_project_file_is_looked_for_where_the_caller_stands(tmp_path: Path) -> None:
    told = _call(ROOT / "deploy" / "up", "--project", "mine.toml", at=tmp_path)
    assert told.returncode == 2
    assert f"--project: there is no file {tmp_path}/mine.toml" in told.stderr
