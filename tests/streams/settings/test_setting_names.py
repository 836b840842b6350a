"""A variable that is nearly a setting is refused by name: it would be ignored, and nobody would know."""

import re
from contextlib import nullcontext as does_not_raise

import pytest

from streams.contracts.errors import ConfigError
from streams.settings.environment import load_settings
from streams.settings.setting_names import NAMES
from tests.architecture.source import ROOT, text


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("SN_NOTIFICATION_PORT", "SN_NOTIFICATIONS_PORT"),
        ("SN_CLICKHOSE", "SN_CLICKHOUSE"),
        ("SN_KAFKA_PASSWORD_FIL", "SN_KAFKA_PASSWORD_FILE"),
        ("SN_CHARTS_KEYS", "SN_CHARTS_KEY"),
    ],
)
def test_what_is_nearly_a_setting_is_refused_with_what_was_meant(mistyped: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=f"{mistyped} is no setting: write {meant}"):
        load_settings({mistyped: "1"})


@pytest.mark.parametrize("name", ["SN_WEBHOOK_SECRET", "SN_INSTANCE", "CLICKHOUSE", "TSN_KAFKA"])
def test_variables_of_others_are_theirs(name: str) -> None:
    with does_not_raise():
        load_settings({name: "1"})


def test_no_setting_is_taken_for_another_that_was_mistyped() -> None:
    for name in NAMES:
        with does_not_raise():
            load_settings({name: ""})


def test_the_readme_lists_every_setting_and_no_other() -> None:
    rows = re.findall(r"^\| (`SN_.*?) \|", text(ROOT / "README.md"), re.MULTILINE)
    assert set(re.findall(r"`(SN_\w+)`", " ".join(rows))) == set(NAMES)
