"""The secret of the sessions: made once, kept for its owner's eyes, and never a weak one."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sinks.console.secret import kept_secret, signing_secret
from streams.contracts.errors import ConfigError
from streams.settings.environment import load_settings


def test_it_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = kept_secret(folder)
    (file,) = folder.iterdir()
    assert kept_secret(folder) == first
    assert file.stat().st_mode & 0o777 == 0o600
    assert kept_secret(tmp_path / "another") != first


def test_many_that_start_together_have_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(kept_secret, [tmp_path] * 8))
    assert made == {kept_secret(tmp_path)}


def test_a_given_one_is_taken_and_a_weak_one_refused(tmp_path: Path) -> None:
    given = {"SN_DATA_DIR": str(tmp_path), "SN_CONSOLE_SECRET": "long enough to be one"}
    assert signing_secret(load_settings(given)) == "long enough to be one"
    with pytest.raises(ConfigError, match="SN_CONSOLE_SECRET is shorter"):
        signing_secret(load_settings(given | {"SN_CONSOLE_SECRET": "short"}))
    (tmp_path / "console-secret").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="new-token"):
        signing_secret(load_settings({"SN_DATA_DIR": str(tmp_path)}))


def test_a_folder_that_can_not_be_written_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="SN_DATA_DIR"):
        kept_secret(tmp_path / "file")
