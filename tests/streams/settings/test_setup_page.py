"""Setup pages: filled in with what this deployment has set, honest about what it has not."""

import re
from pathlib import Path

import pytest

from streams.contracts import stores
from streams.contracts.advice import Question
from streams.contracts.errors import ConfigError
from streams.settings.environment import load_settings
from streams.settings.setup_page import SetupPage, load_setup_page

NAMES = [store.name for store in stores.ALL]
TOKEN = "token-AAAA-BBBB_cccc-dddd"
SECRETS = {"TOKEN": TOKEN, "OLD": "old-token-eeeeeeeeeeeeee", "WHSEC": "whsec_never_to_be_shown"}
ANSWERS = {
    "bundle_id": "com.example.notes",
    "package_name": "com.example.notes",
    "subscription": "projects/acme-42/subscriptions/notes-play",
    "audience": "notes-audience",
    "service_account": "pusher@acme-42.iam.gserviceaccount.com",
}


def answered(question: Question) -> str:
    """A line of [apps.stores.options]."""
    if question.number:
        return f"{question.option} = 1234567890\n"
    return f'{question.option} = "{ANSWERS.get(question.option, "notes-42")}"\n'


OPTIONS: dict[str, str] = {
    store.name: "".join(answered(each) for each in store.advice.questions) for store in stores.ALL
}
SET = re.compile(r"<set [^>]+>")


def write(folder: Path, store: str, options: str = "", head: str = "") -> Path:
    file = folder / "project.toml"
    file.write_text(
        f'[project]\nname = "P"\npublic_url = "https://notify.example.com"\n'
        f'[[apps]]\nid = "notes"\n[[apps.stores]]\nstore = "{store}"\n{head}'
        f"[apps.stores.options]\n{options}"
    )
    return file


def page(file: Path, store: str, app: str = "notes") -> SetupPage:
    settings = load_settings({"SN_PROJECT": str(file), "SN_NOTIFICATIONS_PORT": "8099"})
    return load_setup_page(settings, app, store, SECRETS)


TOKENS = 'tokens = [{ env = "TOKEN" }, { env = "OLD" }]\nsecrets = [{ env = "WHSEC" }]\n'


@pytest.mark.parametrize("store", NAMES)
def test_with_everything_set_nothing_is_left_open(store: str, tmp_path: Path) -> None:
    filled = page(write(tmp_path, store, OPTIONS[store], TOKENS), store)
    assert filled.unset == ()
    assert (filled.token_problem, filled.secret_problem) == ("", "")
    assert SET.findall(filled.markdown) == []
    assert not re.search(r"\{\{|\{%|%\}|\}\}", filled.markdown)
    assert filled.url == f"https://notify.example.com/v1/notifications/{store}/{TOKEN}"
    assert filled.url in filled.markdown


@pytest.mark.parametrize("store", NAMES)
def test_every_id_of_the_app_that_must_match_is_on_the_page(store: str, tmp_path: Path) -> None:
    filled = page(write(tmp_path, store, OPTIONS[store], TOKENS), store)
    values = re.findall(r'= "?([^"\n]+)"?\n', OPTIONS[store])
    assert len(values) == len(OPTIONS[store].splitlines())
    assert [value for value in values if f"`{value}`" not in filled.markdown] == []


@pytest.mark.parametrize("store", NAMES)
def test_no_secret_but_the_newest_routes_token_is_shown(store: str, tmp_path: Path) -> None:
    filled = page(write(tmp_path, store, OPTIONS[store], TOKENS), store)
    assert SECRETS["WHSEC"] not in filled.markdown
    assert SECRETS["OLD"] not in filled.markdown
    assert TOKEN not in repr(filled)


@pytest.mark.parametrize("store", NAMES)
def test_what_is_not_set_is_named_with_its_place(store: str, tmp_path: Path) -> None:
    file = write(tmp_path, store)
    file.write_text(file.read_text().replace('public_url = "https://notify.example.com"\n', ""))
    bare = page(file, store)
    assert "<set public_url in [project]; tokens in [[apps.stores]]>" in bare.markdown
    assert bare.token_problem == "tokens in [[apps.stores]]"
    assert bare.url == ""
    assert "public_url in [project]; tokens in [[apps.stores]]" in bare.unset
    for name in re.findall(r"^(\w+) =", OPTIONS[store], re.MULTILINE):
        assert f"{name} in [apps.stores.options]" in bare.unset_options


def test_a_page_is_there_before_the_secret_that_the_store_shows_only_afterwards(
    tmp_path: Path,
) -> None:
    later = 'tokens = [{ env = "TOKEN" }]\nsecrets = [{ file = ".secrets/notes-stripe" }]\n'
    filled = page(write(tmp_path, "stripe", head=later), "stripe")
    assert "stripe listen --print-secret > .secrets/notes-stripe" in filled.markdown
    assert "file .secrets/notes-stripe" in filled.markdown
    assert filled.unset == ()
    assert "there is no file .secrets/notes-stripe" in filled.secret_problem


def test_a_token_that_can_not_be_read_here_is_said_and_not_raised(tmp_path: Path) -> None:
    filled = page(write(tmp_path, "stripe", head='tokens = [{ env = "ELSEWHERE" }]\n'), "stripe")
    assert "variable ELSEWHERE is empty or not set" in filled.token_problem
    assert "variable ELSEWHERE is empty or not set" in filled.markdown


def test_an_app_that_pulls_is_told_nothing_of_pushes(tmp_path: Path) -> None:
    pulls = 'package_name = "com.e.n"\nsubscription = "projects/p/subscriptions/s"\npull = true\n'
    filled = page(write(tmp_path, "play_store", pulls, TOKENS), "play_store")
    assert "--push-endpoint" not in filled.markdown
    assert "roles/pubsub.subscriber" in filled.markdown
    assert filled.unset == ()


def test_a_value_stays_one_word_of_a_shells_line(tmp_path: Path) -> None:
    hostile = OPTIONS["play_store"].replace("notes-audience", "a; rm -rf ~ 'x'")
    filled = page(write(tmp_path, "play_store", hostile, TOKENS), "play_store")
    assert """--push-auth-token-audience='a; rm -rf ~ '"'"'x'"'"''""" in filled.markdown


@pytest.mark.parametrize("value", ["a`b", r"a\nb", r"a\u0000b"])
def test_a_value_that_would_break_out_of_its_place_is_refused(value: str, tmp_path: Path) -> None:
    file = write(tmp_path, "app_store", f'bundle_id = "{value}"\n', TOKENS)
    with pytest.raises(ConfigError, match="line break or a backquote"):
        page(file, "app_store")


def test_a_value_is_never_read_as_a_template(tmp_path: Path) -> None:
    file = write(tmp_path, "app_store", 'bundle_id = "{{ 7 * 7 }}"\n', TOKENS)
    assert "`{{ 7 * 7 }}`" in page(file, "app_store").markdown


def test_another_app_or_store_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    file = write(tmp_path, "stripe", head=TOKENS)
    with pytest.raises(ConfigError, match=r"no app 'chess' \(there are: notes\).*new-app"):
        page(file, "stripe", app="chess")
    with pytest.raises(ConfigError, match=r"no store 'app_store' \(it has: stripe\)"):
        page(file, "app_store")
