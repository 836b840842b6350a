"""A secret shows itself to nobody who does not ask for it by name."""

import pickle
from pathlib import Path

import pytest

from streams.contracts.errors import ConfigError
from streams.settings.secret import Secret
from streams.settings.secret_source import SecretSource


@pytest.mark.parametrize("form", ["{}", "{!s}", "{!r}", "{0}"])
def test_it_is_masked_however_it_is_shown(form: str) -> None:
    secret = Secret("hunter2")
    shown = [form.format(secret), repr([secret]), str({"a": secret}), f"{secret}", "%s" % secret]  # noqa: UP031 - one of the ways
    assert not any("hunter2" in text for text in shown)


def test_it_is_equal_to_its_like_and_hashes_as_it() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1


def test_only_reveal_gives_it() -> None:
    assert Secret("hunter2").reveal() == "hunter2"


def test_it_can_not_be_written_down() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret("hunter2"))


def test_the_mark_of_a_windows_editor_is_no_part_of_a_secret(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("\ufeffwhsec_1\r\n", encoding="utf-8")
    source = SecretSource(file=tmp_path / "project.toml", environ={})
    assert source.secret({"file": "x"}, "secrets[0]") == Secret("whsec_1")


def test_a_secret_s_file_that_is_not_there_yet_is_told_with_what_to_do(tmp_path: Path) -> None:
    source = SecretSource(file=tmp_path / "project.toml", environ={})
    with pytest.raises(ConfigError, match=r"tokens\[0\]: there is no file x: put the secret into"):
        source.secret({"file": "x"}, "tokens[0]")
    (tmp_path / "x").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="can't read file x: it is no text"):
        source.secret({"file": "x"}, "tokens[0]")
