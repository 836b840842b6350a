"""The password: its hash tells it from others, and wrong ones wait longer and longer."""

import pytest
from click.testing import CliRunner

from sinks.console.commands import console_password
from sinks.console.password import WrongOnes, hashed, is_password
from streams.contracts.errors import ConfigError


def test_the_command_prints_a_hash_that_knows_the_password() -> None:
    said = CliRunner().invoke(console_password, input="correct horse battery\n" * 2)
    kept = said.stdout.strip()
    assert said.exit_code == 0
    assert kept.startswith("scrypt$")
    assert is_password("correct horse battery", kept)
    assert not is_password("correct horse batterz", kept)
    assert "horse" not in said.output


def test_a_short_password_is_none() -> None:
    said = CliRunner().invoke(console_password, input="short\n" * 2)
    assert said.exit_code != 0
    assert "at least 12" in said.output


@pytest.mark.parametrize("kept", ["plain", "scrypt$1$8$1$YQ==$YQ==", hashed("a", b"b")[:-3]])
def test_what_is_no_hash_names_the_command_that_makes_one(kept: str) -> None:
    with pytest.raises(ConfigError, match="console-password"):
        is_password("any", kept)


def test_each_wrong_password_doubles_the_wait_and_a_right_one_ends_it() -> None:
    wrong = WrongOnes()
    waits = []
    for _ in range(10):
        wrong.add(100.0)
        waits.append(wrong.wait(100.0))
    assert waits == [0, 0, 1, 2, 4, 8, 16, 30, 30, 30]
    assert wrong.wait(129.0) == 1.0
    assert wrong.wait(131.0) == 0.0
    wrong.forget()
    assert wrong.wait(100.0) == 0.0


def test_wrong_ones_are_forgiven_after_a_while() -> None:
    wrong = WrongOnes()
    for _ in range(8):
        wrong.add(100.0)
    assert wrong.wait(701.0) == 0.0
    wrong.add(701.0)
    assert wrong.wait(701.0) == 0.0
