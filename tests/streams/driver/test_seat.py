"""A slot has one process; the next gets it when the first has ended."""

from pathlib import Path

import pytest

from streams.contracts.errors import ConfigError
from streams.driver.seat import hold_seat


def test_a_second_process_in_the_slot_is_refused_by_the_setting_s_name(tmp_path: Path) -> None:
    folder = tmp_path / "verify-0"
    refused = pytest.raises(ConfigError, match="SN_SLOT")

    with hold_seat(folder, wait=0), refused, hold_seat(folder, wait=0.1):
        pass


def test_the_slot_is_free_when_its_process_has_ended(tmp_path: Path) -> None:
    with hold_seat(tmp_path / "verify-0", wait=0):
        pass
    with hold_seat(tmp_path / "verify-0", wait=0):
        assert (tmp_path / "verify-0").stat().st_mode & 0o777 == 0o700  # nobody else's to read
