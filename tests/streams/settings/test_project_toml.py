"""The text of project.toml: what is of another type, or stands elsewhere, is told with what to write."""

from pathlib import Path

import pytest

from streams.contracts.errors import ConfigError
from streams.settings.project_toml import read_shape, shape_of

GOOD = """\
[project]
name = "Fitness"
[[apps]]
id = "yoga"
plan = "grow"
[[apps.stores]]
store = "app_store"
environments = ["PRODUCTION"]
[[apps.stores.programs]]
name = "small_business"
since = 2024-01-01
[[products]]
id = "pro_monthly"
entitlements = ["pro"]
"""
_QUOTES = "write it in quotes"
_LIST = 'write a list, as in ["one", "two"]'


@pytest.mark.parametrize(
    ("old", "new", "path", "remedy"),
    [
        ('name = "Fitness"', "name = 2026-01-01", "project.name", f"got `date`: {_QUOTES}"),
        ('id = "yoga"', "id = 7", "apps[0].id", f"got `int`: {_QUOTES}"),
        ('plan = "grow"', "plan = 3", "apps[0].plan", f"{_QUOTES}: analyze or grow"),
        ('plan = "grow"', 'plan = "Grow"', "apps[0].plan", "'Grow': use analyze or grow"),
        (
            '["PRODUCTION"]',
            '"PRODUCTION"',
            "apps[0].stores[0].environments",
            f"{_LIST}: PRODUCTION or SANDBOX",
        ),
        ('["pro"]', '"pro"', "products[0].entitlements", _LIST),
        (
            "2024-01-01",
            "2024-01-01T00:00:00Z",
            "apps[0].stores[0].programs[0].since",
            "write a day without quotes, as in 2026-01-31",
        ),
        (
            "[[apps.stores.programs]]",
            "[apps.stores.programs]",
            "apps[0].stores[0].programs",
            "there may be many, so write [[apps.stores.programs]], with two brackets",
        ),
        (
            "[[apps.stores.programs]]",
            "[[apps.stores.options]]",
            "apps[0].stores[0].options",
            "write a table, [apps.stores.options], with one pair of brackets",
        ),
        (
            "[[apps.stores]]",
            "[[stores]]",
            "top level",
            "write [[apps.stores]], below the table that it belongs to",
        ),
    ],
)
def test_it_is_told_what_to_write(old: str, new: str, path: str, remedy: str) -> None:
    text = GOOD.partition("[[apps.stores.programs]]")[0] if new == "[[stores]]" else GOOD
    assert old in text
    with pytest.raises(ConfigError) as raised:
        shape_of(text.replace(old, new), Path("project.toml"))
    told = str(raised.value)
    assert told.startswith(f"project.toml: {path}: ")
    assert told.endswith(remedy)


def test_a_file_in_another_encoding_says_which_is_wanted(tmp_path: Path) -> None:
    file = tmp_path / "project.toml"
    file.write_bytes(GOOD.encode("utf-16"))
    with pytest.raises(ConfigError, match=r"project\.toml: is no UTF-8: save it as UTF-8"):
        read_shape(file)


def test_a_file_that_a_windows_editor_marked_is_read(tmp_path: Path) -> None:
    file = tmp_path / "project.toml"
    file.write_bytes(("\ufeff" + GOOD.replace("\n", "\r\n")).encode())
    assert read_shape(file) == shape_of(GOOD, file)
