"""Reading a destination's options: each is checked, and each mistake is named."""

from datetime import timedelta
from typing import Any

import pytest

from sinks.destinations.options import OptionReader
from streams.contracts.errors import ConfigError
from streams.settings.secret import Secret


def reader(**options: Any) -> OptionReader:  # noqa: ANN401 - any TOML value
    return OptionReader("destinations[0]", options)


def test_what_is_not_there_has_its_default() -> None:
    empty = reader()

    assert empty.flag("a") is False
    assert empty.integer("a", 3, least=1, most=5) == 3
    assert empty.word("a", "x", ["x", "y"]) == "x"
    assert empty.words("a", ["x"]) is None
    assert empty.duration("a", timedelta(seconds=1)) == timedelta(seconds=1)
    assert empty.age("a", timedelta(days=8)) == timedelta(days=8)
    assert empty.secret("a") is None
    assert empty.secrets("a") == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("15s", timedelta(seconds=15)),
        ("30 m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("8d", timedelta(days=8)),
    ],
)
def test_a_duration_has_a_unit(text: str, value: timedelta) -> None:
    assert reader(a=text).duration("a", timedelta()) == value


@pytest.mark.parametrize("text", ["15", "s", "-1s", "1.5h", "1w", "", "1s ", "9999999s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"destinations\[0\]\.a: .* is no duration"):
        reader(a=text).duration("a", timedelta())


def test_words_are_given_back_as_they_are_known() -> None:
    assert reader(a=["renewal", "TEST"]).words("a", ["RENEWAL", "TEST"]) == frozenset(
        {"RENEWAL", "TEST"}
    )


def test_secrets_keep_their_order() -> None:
    assert [s.reveal() for s in reader(a=[Secret("new"), Secret("old")]).secrets("a")] == [
        "new",
        "old",
    ]


@pytest.mark.parametrize("value", ["plain", ["plain"], {"env": "X"}, 3])
def test_a_literal_secret_is_refused_and_not_shown(value: object) -> None:
    for read in (reader(a=value).secret, reader(a=value).secrets):
        with pytest.raises(ConfigError) as refused:
            read("a")
        assert "plain" not in str(refused.value)


def test_an_option_that_nobody_has_read_is_refused_with_those_that_there_are() -> None:
    options = reader(known=True, unknown=1)
    options.flag("known")
    options.flag("other")

    with pytest.raises(ConfigError, match=r"0\]\.unknown: no such option: .* known, other"):
        options.refuse_others()
