"""A secret shows itself to nobody who does not ask for it by name."""

import pickle

import pytest

from streams.settings.secret import Secret


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
