"""project.toml: read wholly at start; every error names file, path and remedy; no secret stays in it."""

from hashlib import sha256
from pathlib import Path

import pytest

from streams.contracts.errors import ConfigError
from streams.contracts.ids import AppId, StoreName
from streams.contracts.words import Environment
from streams.settings.project_file import ProjectFile, load_project

TOKEN, SECOND, KEY, SECRET = (
    "token-0123456789abcdefghijkl",
    "token-abcdefghijkl0123456789",
    "backend-0123456789abcdefghij",
    "whsec_0123456789abcdefghijklmnop",
)
ENVIRON = {"T": TOKEN, "T2": SECOND, "K": KEY, "S": SECRET, "EMPTY": ""}
GOOD = """
[project]
name = "Notes"

[[apps]]
id = "notes"
name = "Notes"
plan = "grow"
backend_keys = [{ env = "K" }]

[[apps.stores]]
store = "stripe"
environments = ["PRODUCTION"]
tokens = [{ env = "T" }, { env = "T2" }]
secrets = [{ env = "S" }]
track_new = "metadata.user"

[[products]]
id = "prod_1"
entitlements = ["pro"]
duration = "P1M"

[[destinations]]
name = "backend"
type = "webhook"
url = "https://example.com/hook"
secrets = [{ env = "S" }]
"""


def load(folder: Path, text: str) -> ProjectFile:
    file = folder / "project.toml"
    file.write_text(text)
    return load_project(file, ENVIRON)


def test_apps_stores_products_and_destinations_are_read(tmp_path: Path) -> None:
    project = load(tmp_path, GOOD)

    app = project.project.app(AppId("notes"))
    assert app.store(StoreName("stripe")).environments == (Environment.PRODUCTION,)
    assert project.keyring.secrets[AppId("notes"), StoreName("stripe")] == (SECRET,)
    assert project.backend_keys == {sha256(KEY.encode()).hexdigest(): "notes"}
    product = project.project.product(StoreName("stripe"), "prod_1")
    assert product is not None
    assert product.entitlements == ("pro",)
    assert [d.name for d in project.destinations] == ["backend"]


def test_two_tokens_are_valid_at_once_and_shown_as_six_digits_of_their_hash(tmp_path: Path) -> None:
    tokens = load(tmp_path, GOOD).tokens

    assert set(tokens) == {sha256(each.encode()).hexdigest() for each in (TOKEN, SECOND)}
    for digest, binding in tokens.items():
        assert binding.hint == digest[:6]


def test_no_secret_is_shown_by_anything_that_was_loaded(tmp_path: Path) -> None:
    shown = repr(load(tmp_path, GOOD))

    assert not [each for each in (TOKEN, SECOND, KEY, SECRET) if each in shown]


def test_the_hash_of_a_project_follows_what_it_says_and_nothing_else(tmp_path: Path) -> None:
    first = load(tmp_path, GOOD).project.sha256

    assert load(tmp_path, GOOD + "\n# a comment\n").project.sha256 == first
    assert load(tmp_path, GOOD.replace('"pro"', '"max"')).project.sha256 != first


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('name = "Notes"\n\n', 'name = "Notes"\nrestor = "keep"\n\n', "project: .*restor"),
        ('plan = "grow"', 'plan = "free"', r"apps\[0\].plan: .*use analyze or grow"),
        ('store = "stripe"', 'store = "amazon"', r"apps\[0\].stores\[0\].store"),
        ('{ env = "T" }, ', '"literal", ', r"apps\[0\].stores\[0\].tokens.*never stands"),
        ('{ env = "T" }, ', '{ env = "EMPTY" }, ', r"tokens\[0\]: variable EMPTY is empty"),
        ('{ env = "T" }, ', '{ env = "T2" }, ', "the same secret as"),
        ('{ env = "T" }, ', '{ file = "none" }, ', "can't read file none"),
        ('"metadata.user"', '"somebody"', "track_new: 'somebody' is no rule"),
        ('id = "notes"', 'id = "No/tes"', "is no id"),
        ('"PRODUCTION"', '"LIVE"', "use PRODUCTION or SANDBOX"),
        ('duration = "P1M"', 'duration = "1 month"', r"products\[0\].duration"),
        ('name = "Notes"\n\n', 'name = "Notes"\nrestore = "share"\n\n', "share is not there yet"),
    ],
)
def test_a_mistake_is_named_by_its_path(tmp_path: Path, before: str, after: str, told: str) -> None:
    assert before in GOOD

    with pytest.raises(ConfigError, match=told) as error:
        load(tmp_path, GOOD.replace(before, after, 1))

    assert "project.toml" in str(error.value)
    assert not [each for each in (TOKEN, SECOND, KEY, SECRET) if each in str(error.value)]


def test_a_missing_file_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="SN_PROJECT"):
        load_project(tmp_path / "none.toml", {})
