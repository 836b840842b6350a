"""The commands as an operator types them."""

import os
import subprocess
import sys
from pathlib import Path

PROJECT = """\
[project]
name = "mine"
[[apps]]
id = "notes"
"""


def sinks(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    (folder / "project.toml").write_text(PROJECT, encoding="utf-8")
    settings = {
        "SN_PROJECT": str(folder / "project.toml"),
        "SN_DATA_DIR": str(folder / "data"),
        "SN_CLICKHOUSE": f"chdb://{folder / 'clickhouse'}",
        **environ,
    }
    return subprocess.run(
        [sys.executable, "-m", "sinks", *arguments],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_with_chdb_the_console_says_which_process_serves_it_and_where(tmp_path: Path) -> None:
    said = sinks(tmp_path, "console", SN_CHARTS_URL="http://127.0.0.1:9999")
    assert said.returncode == 0
    assert said.stdout == "python -m sinks charts serves the console: http://127.0.0.1:9999/\n"
    assert not (tmp_path / "clickhouse").exists()


def test_charts_do_not_start_on_an_address_where_nothing_asks_who_opens_the_console(
    tmp_path: Path,
) -> None:
    reached = {"SN_HOST": "0.0.0.0", "SN_CHARTS_KEY": "a-key-of-an-analyst"}
    said = sinks(tmp_path, "charts", **reached)
    assert said.returncode == 2
    assert "SN_CONSOLE_PASSWORD_HASH" in said.stderr
    assert "SN_CONSOLE=0" in said.stderr
    assert not (tmp_path / "clickhouse").exists()
