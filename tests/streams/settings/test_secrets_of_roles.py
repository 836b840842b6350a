"""A process reads the secrets of its own part, and starts where all others are missing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click import Command
from click.testing import CliRunner

from ingress.__main__ import main as ingress
from sinks.__main__ import main as sinks
from sinks.delivery.running import configured
from streams.__main__ import main as streams
from streams.contracts.errors import ConfigError
from streams.contracts.ids import AppId, StoreName
from streams.settings.project_file import ProjectFile, load_project

PROJECT = """
[project]
name = "Notes"
[[apps]]
id = "notes"
backend_keys = [{env = "BACKEND"}]
[[apps.stores]]
store = "stripe"
tokens = [{env = "TOKEN"}]
secrets = [{env = "SIGNING"}]
forward = {url = "https://example.com/stripe", secrets = [{env = "FORWARD"}]}
api = {api_key = {env = "STRIPE_API"}}
[[apps.stores]]
store = "play_store"
options = {package_name = "com.e.notes", subscription = "projects/p/subscriptions/s", pull = true}
api = {service_account_key = {env = "GOOGLE_API"}}
[[destinations]]
name = "backend"
type = "webhook"
url = "https://example.com/hook"
secrets = [{env = "HOOK"}]
"""
STRIPE = (AppId("notes"), StoreName("stripe"))
GOOGLE = (AppId("notes"), StoreName("play_store"))
PARTS: dict[str, tuple[str, Callable[[ProjectFile], object]]] = {
    "tokens": ("TOKEN", ProjectFile.tokens),
    "backend keys": ("BACKEND", ProjectFile.backend_keys),
    "signing secrets": ("SIGNING", ProjectFile.keyring),
    "one store's api": ("STRIPE_API", lambda file: file.apis({STRIPE})),
    "another's": ("GOOGLE_API", lambda file: file.apis({GOOGLE})),
    "destinations": ("HOOK", ProjectFile.destinations),
    "forwards": ("FORWARD", ProjectFile.forwards),
}
ALONE = "a-secret-of-this-part-only"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "project.toml"
    file.write_text(PROJECT)
    monkeypatch.setenv("SN_PROJECT", str(file))
    return file


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_read_with_its_own_secret_and_no_other(project: Path, part: str) -> None:
    variable, read = PARTS[part]
    file = load_project(project, {variable: ALONE})

    assert read(file)
    for other, (name, reads) in PARTS.items():
        if other != part:
            with pytest.raises(ConfigError, match=f"variable {name} is empty or not set"):
                reads(file)


def test_all_of_them_are_checked_at_once(project: Path) -> None:
    given = {name: f"{name}-0123456789-abcdefgh" for name, _ in PARTS.values()}
    load_project(project, given).check_secrets()
    for missing in given:
        with pytest.raises(ConfigError, match=missing):
            load_project(project, given | {missing: ""}).check_secrets()


def test_one_secret_under_two_names_does_not_open_two_doors(project: Path) -> None:
    given = {name: f"{name}-0123456789-abcdefgh" for name, _ in PARTS.values()}
    file = load_project(project, given | {"BACKEND": given["TOKEN"]})
    with pytest.raises(ConfigError, match=r"backend_keys\[0\]: the same secret as .*tokens\[0\]"):
        file.check_secrets()


def test_how_a_secret_is_pointed_at_is_wrong_for_every_process(project: Path) -> None:
    for variable in ("HOOK", "SIGNING", "STRIPE_API", "FORWARD", "BACKEND"):
        project.write_text(PROJECT.replace(f'{{env = "{variable}"}}', '"hunter2"'))
        with pytest.raises(ConfigError, match=r'write \{env = "NAME"\}') as raised:
            load_project(project, {})
        assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("group", "role", "path"),
    [
        (ingress, "notifications", r"apps[0].stores[0].tokens[0]"),
        (ingress, "api", r"apps[0].backend_keys[0]"),
        (streams, "verify", r"apps[0].stores[0].secrets[0]"),
        (streams, "lookup", r"apps[0].stores[0].api.api_key"),
        (streams, "pull", r"apps[0].stores[1].api.service_account_key"),
        (sinks, "charts", r"destinations[0].secrets[0]"),
        (sinks, "deliver", r"destinations[0].secrets[0]"),
        (sinks, "forward", r"apps[0].stores[0].forward.secrets[0]"),
    ],
)
def test_a_role_that_lacks_a_secret_of_its_own_ends_at_once_and_says_where(
    project: Path, group: Command, role: str, path: str
) -> None:
    result = CliRunner().invoke(group, [role])

    assert result.exit_code == 2
    assert f"error: {project}: {path}: variable " in result.stderr
    assert "put the secret there" in result.stderr


def test_who_delivers_events_needs_no_forward_s_secret(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOOK", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    (plan,) = configured("deliver", with_forwards=False).lanes
    assert plan.name == "backend"
    with pytest.raises(SystemExit):
        configured("destinations")
    assert "forward.secrets[0]: variable FORWARD" in capsys.readouterr().err
