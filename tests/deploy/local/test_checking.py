"""A changed project is read as every role reads it, against any cluster's settings, and nothing starts."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from deploy.local.arguments import Up
from deploy.local.screen import Screen
from deploy.local.up import up
from streams.contracts.errors import ConfigError
from tests.deploy.local.test_stack import APP


async def _checked(project: Path) -> str:
    said = io.StringIO()
    arguments = Up(play=False, fresh=False, project=project, check=True)
    assert await up(arguments, Screen(Console(file=said, width=500))) == 0
    return said.getvalue()


async def test_a_good_one_is_told_with_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SN_KAFKA", "broker-1.example.com:9093,broker-2.example.com:9093")
    file = tmp_path / "project.toml"
    file.write_text(APP)

    assert f"{file} can be used. Apps: notes. Destinations: none." in await _checked(file)


async def test_a_mistake_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "project.toml"
    file.write_text(APP + '[[destinations]]\nname = "b"\ntype = "webhok"\n')

    with pytest.raises(ConfigError, match=r"project.toml: destinations\[0\].type"):
        await _checked(file)


async def test_one_key_for_reading_and_for_erasing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "project.toml"
    file.write_text(APP)
    for name in ("SN_CHARTS_KEY", "SN_ERASE_KEY"):
        monkeypatch.setenv(name, "the-same-for-both-of-them")

    with pytest.raises(ConfigError, match="SN_ERASE_KEY is the value of SN_CHARTS_KEY"):
        await _checked(file)
