"""python -m streams new-app: an entry that the real reader takes, secrets that only the owner reads."""

import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.__main__ import main
from streams.contracts import stores
from streams.settings.project_file import load_project
from streams.stores import check_project
from tests.terminal import on_terminal

APPLE = ["--set", "app_store.bundle_id=com.e.notes", "--set", "app_store.app_apple_id=1234567890"]
BEFORE = """\
# Ours.
[project]
name = "P"   # kept

[[apps]]
id = "chess"

[[destinations]]
name = "backend"
type = "webhook"
url = "https://example.com"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SN_PROJECT", str(tmp_path / "project.toml"))
    return tmp_path / "project.toml"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["new-app", *arguments])


def test_in_an_empty_folder_it_makes_a_project_that_the_roles_take(file: Path) -> None:
    result = run("notes", "--name", 'No"tes', "--plan", "grow", "--store", "app_store", *APPLE)

    assert result.exit_code == 0, result.stderr
    read = load_project(file)
    check_project(read.project, read.keyring(), str(file))
    (app,) = read.project.apps
    assert (app.app_id, app.name, app.plan.value) == ("notes", 'No"tes', "grow")
    assert app.stores[0].options == {"bundle_id": "com.e.notes", "app_apple_id": 1234567890}
    assert len(read.tokens()) == len(read.backend_keys()) == 1
    assert "python -m streams setup notes app_store" in result.stderr


def test_a_store_that_signs_with_a_secret_waits_for_it_and_for_nothing_else(file: Path) -> None:
    result = run("notes", "--store", "stripe")

    assert "to come: the signing secret (whsec_...) of stripe" in result.stderr
    with pytest.raises(Exception, match=r"secrets\[0\].*\.secrets/notes-stripe-secret"):
        load_project(file).keyring()
    (file.parent / ".secrets" / "notes-stripe-secret").write_text("whsec_0123456789abcdef\n")
    read = load_project(file)
    check_project(read.project, read.keyring(), str(file))


def test_secrets_are_files_that_only_the_owner_reads_and_git_ignores(file: Path) -> None:
    result = run("notes", "--store", "stripe")

    folder = file.parent / ".secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    made = {path.name: path for path in folder.iterdir() if path.name != ".gitignore"}
    assert set(made) == {"notes-backend-key", "notes-stripe-token"}
    assert {path.stat().st_mode & 0o777 for path in made.values()} == {0o600}
    assert len({path.read_text() for path in made.values()}) == 2
    assert (folder / ".gitignore").read_text() == "*\n"
    told = result.stdout + result.stderr + file.read_text()
    assert not any(path.read_text().strip() in told for path in made.values())


def test_what_stands_in_the_file_stays_as_it_is(file: Path) -> None:
    before = BEFORE.replace("\n", "\r\n").encode()
    file.write_bytes(before)
    file.chmod(0o640)

    assert run("notes", "--store", "app_store", *APPLE).exit_code == 0

    assert file.read_bytes().startswith(before)
    assert file.stat().st_mode & 0o777 == 0o640
    assert [app.app_id for app in load_project(file).project.apps] == ["chess", "notes"]


@pytest.mark.parametrize(
    ("before", "arguments", "why"),
    [
        (BEFORE, ["chess", "--store", "stripe"], "app 'chess' stands there already"),
        (BEFORE, ["No tes", "--store", "stripe"], "'No tes' is no id"),
        (BEFORE, ["notes", "--store", "stripe", "--store", "stripe"], "stands here twice"),
        (BEFORE, ["notes", "--store", "stripe", "--track-new", "all"], "is no rule"),
        (BEFORE, ["notes"], "name a store: --store app_store"),
        (BEFORE, ["notes", "--store", "app_store"], "bundle_id"),
        (BEFORE, ["notes", "--store", "stripe", "--set", "stripe.accont=acct_1"], "accont"),
        (
            BEFORE,
            ["notes", "--store", "stripe", "--set", "app_store.x=1"],
            "the stores are: stripe",
        ),
        (BEFORE, ["notes", "--store", "app_store", "--set", "app_store.app_apple_id=x"], "number"),
        ("[project", ["notes", "--store", "stripe"], "not TOML"),
        ('apps = []\n[project]\nname = "P"\n', ["notes", "--store", "stripe"], "not TOML"),
        ("", ["notes", "--store", "stripe"], "project"),
    ],
)
def test_what_would_not_be_right_changes_nothing(
    before: str, arguments: list[str], why: str, file: Path
) -> None:
    file.write_text(before)

    result = run(*arguments)

    assert result.exit_code == 2
    assert why in result.stderr
    assert file.read_text() == before
    assert [path.name for path in file.parent.iterdir()] == ["project.toml"]


@pytest.mark.parametrize("env", [[], ["--env"]], ids=["files", "variables"])
def test_a_folder_that_is_not_there_is_told_by_its_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, env: list[str]
) -> None:
    monkeypatch.setenv("SN_PROJECT", str(tmp_path / "none" / "project.toml"))
    result = run("notes", "--store", "stripe", *env)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "its folder is not there: make it, or set SN_PROJECT to another" in result.stderr


def test_a_secret_that_is_there_is_never_written_over(file: Path) -> None:
    folder = file.parent / ".secrets"
    folder.mkdir()
    (folder / "notes-stripe-token").write_text("in use")

    result = run("notes", "--store", "stripe")

    assert result.exit_code == 2
    assert "is there already" in result.stderr
    assert (folder / "notes-stripe-token").read_text() == "in use"
    assert not file.exists()


def test_with_env_stdout_is_what_sets_the_variables(file: Path) -> None:
    result = run("7-notes", "--store", "app_store", "--env", *APPLE)

    environ = dict(line.split("=", 1) for line in result.stdout.splitlines())
    assert set(environ) == {"APP_7_NOTES_BACKEND_KEY", "APP_7_NOTES_APP_STORE_TOKEN"}
    assert len(load_project(file, environ).tokens()) == 1
    assert not (file.parent / ".secrets").exists()


def test_a_public_url_goes_into_a_project_that_is_made_now(file: Path) -> None:
    assert run("n", "--store", "stripe", "--public-url", "http://x.example.com").exit_code == 2
    assert not file.exists()
    assert run("n", "--store", "stripe", "--public-url", "https://x.example.com").exit_code == 0
    assert tomllib.loads(file.read_text())["project"]["public_url"] == "https://x.example.com"


def test_on_a_terminal_it_asks_for_what_is_not_given(file: Path) -> None:
    answers = {f"by {store.name}?": "n" for store in stores.ALL} | {"by app_store?": "y"}
    answers |= {"Bundle ID": "com.e.notes", "Apple ID": "1234567890"}
    on_terminal([sys.executable, "-m", "streams", "new-app", "notes", "--plan", "grow"], answers)

    assert load_project(file).project.apps[0].stores[0].options["bundle_id"] == "com.e.notes"
