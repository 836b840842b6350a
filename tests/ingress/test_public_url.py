"""The public door does not open to others without knowing its own address."""

from dataclasses import replace
from pathlib import Path

import pytest

from ingress.app import notifications_door
from ingress.config import Limits
from streams.contracts.errors import ConfigError
from streams.settings.environment import load_settings
from streams.settings.project_file import load_project


async def test_it_refuses_to_listen_where_others_reach_it_without_a_public_url(
    tmp_path: Path,
) -> None:
    file = tmp_path / "project.toml"
    file.write_text('[project]\nname = "P"\n')
    settings = replace(load_settings({"SN_PROJECT": str(file)}), host="0.0.0.0")
    with pytest.raises(ConfigError, match=r"project\.public_url is missing"):
        async with notifications_door(settings, load_project(file), Limits()):
            pytest.fail("it listens")
