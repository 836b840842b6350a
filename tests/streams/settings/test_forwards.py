"""Option `forward` of an app's store: a url, a secret one, or a table of both and options."""

from pathlib import Path
from typing import Any

import pytest

from streams.contracts.errors import ConfigError
from streams.contracts.ids import AppId, StoreName
from streams.settings.forwards import ForwardSettings, read_forward
from streams.settings.project_file import ProjectFile, load_project
from streams.settings.secret import Secret
from streams.settings.secret_source import SecretSource

PROJECT = """
[project]
name = "Test"
[[apps]]
id = "yoga"
[[apps.stores]]
store = "app_store"
forward = {}
[[apps.stores]]
store = "stripe"
"""
ENVIRON = {"OLD_URL": "https://old.example.com/secret-path", "SIGNING": "whsec_1"}


def load(tmp_path: Path, forward: str) -> ProjectFile:
    file = tmp_path / "project.toml"
    file.write_text(PROJECT.replace("{}", forward, 1))
    return load_project(file, ENVIRON)


def one(value: object) -> ForwardSettings:
    source = SecretSource(file=Path("project.toml"), environ=ENVIRON)
    path = "apps[0].stores[0]"
    return read_forward(value, source, AppId("yoga"), StoreName("app_store"), path)


def test_a_url_forwards_that_store_of_that_app_and_no_other(tmp_path: Path) -> None:
    file = load(tmp_path, '"https://old.example.com/apple"')

    (found,) = file.forwards()
    assert (found.app_id, found.store, found.url) == (
        "yoga",
        "app_store",
        "https://old.example.com/apple",
    )
    assert found.name == "forward/yoga/app_store"
    assert [store.forward for store in file.project.apps[0].stores] == [True, False]


@pytest.mark.parametrize("off", ["false", '""'])
def test_it_is_off_by_default(off: str, tmp_path: Path) -> None:
    file = load(tmp_path, off)

    assert file.forwards() == ()
    assert not file.project.apps[0].stores[0].forward


def test_the_url_may_be_a_secret_and_is_never_shown() -> None:
    for value in ({"env": "OLD_URL"}, {"url": {"env": "OLD_URL"}, "concurrency": 2}):
        assert one(value).url == ENVIRON["OLD_URL"]
        assert "secret-path" not in repr(one(value))


def test_a_table_has_options_and_their_secrets() -> None:
    found = one({"url": "https://a.example", "secrets": [{"env": "SIGNING"}], "timeout": "5s"})

    assert found.options == {"secrets": [Secret("whsec_1")], "timeout": "5s"}


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (True, r'apps\[0\]\.stores\[0\]\.forward: true where to\? Write forward = "https'),
        ("old.example.com", r'apps\[0\]\.stores\[0\]\.forward: write "https://'),
        ({"url": 3}, r'apps\[0\]\.stores\[0\]\.forward\.url: write "https://'),
        ({"env": "NONE"}, r"apps\[0\]\.stores\[0\]\.forward: variable NONE is empty"),
        ({"timeout": "5s"}, r"apps\[0\]\.stores\[0\]\.forward: not a secret's source"),
    ],
)
def test_a_mistake_is_named_with_its_path(value: Any, named: str) -> None:  # noqa: ANN401 - any TOML value
    with pytest.raises(ConfigError, match=named):
        one(value)
