"""Only one deploy/up at a time in a checkout."""

import os
from pathlib import Path

import pytest

from deploy.local.alone import alone
from streams.contracts.errors import ConfigError


def test_a_second_one_is_refused_and_the_first_is_named(tmp_path: Path) -> None:
    with (
        alone(tmp_path),
        pytest.raises(ConfigError, match=f"process {os.getpid()}"),
        alone(tmp_path),
    ):
        pytest.fail("two at a time")


def test_when_the_first_has_ended_the_next_may_start(tmp_path: Path) -> None:
    with alone(tmp_path):
        pass
    with alone(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())
