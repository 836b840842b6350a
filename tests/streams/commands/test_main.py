"""python -m streams: every command is there, teaches by --help, and fails in one line."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from streams.__main__ import COMMANDS, main
from streams.contracts import stores
from streams.contracts.topics import ALL
from streams.settings.kafka import KafkaSettings
from tests.conftest import free_ports


def test_help_lists_every_command_with_what_it_is_for() -> None:
    result = CliRunner().invoke(main, ["--help"])

    lines = [line.split(maxsplit=1) for line in result.stdout.split("Commands:")[1].splitlines()]
    told = {words[0]: words[1] for words in lines if len(words) > 1}
    assert set(COMMANDS) <= set(told)
    assert result.exit_code == 0


@pytest.mark.parametrize("command", [*COMMANDS, "rates import", "rates status"])
def test_every_command_teaches(command: str) -> None:
    result = CliRunner().invoke(main, [*command.split(), "-h"])

    assert result.exit_code == 0
    assert len(result.stdout) > 100


def test_a_command_that_does_not_exist_is_named() -> None:
    result = CliRunner().invoke(main, ["verfy"])

    assert result.exit_code == 2
    assert "verfy" in result.stderr


@pytest.mark.parametrize(
    "command",
    [
        "setup notes appstore",
        "new-app notes --store appstore",
        "import README.md --app notes --store appstore",
        "backfill --app notes --store appstore --from 2026-11-01",
        "refresh --app notes --store appstore",
    ],
)
def test_a_mistyped_store_is_refused_with_those_that_there_are(command: str) -> None:
    result = CliRunner().invoke(main, command.split())

    assert result.exit_code == 2
    assert "'appstore' is not one of " + ", ".join(repr(str(one.name)) for one in stores.ALL) in (
        " ".join(result.stderr.split())
    )


@pytest.mark.parametrize("role", ["verify", "track", "identify", "receipts", "lookup"])
def test_a_role_without_its_project_ends_with_one_line(
    role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SN_PROJECT", str(tmp_path / "none.toml"))

    result = CliRunner().invoke(main, [role])

    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert "SN_PROJECT" in result.stderr


def test_new_tokens_differ_and_serve_as_tokens() -> None:
    tokens = {CliRunner().invoke(main, ["new-token"]).stdout.split()[0] for _ in range(20)}

    assert len(tokens) == 20
    assert all(len(token) == 22 for token in tokens)


def test_topics_says_that_all_are_as_they_must_be(
    kafka: KafkaSettings, topics: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"SN_KAFKA": kafka.bootstrap, "SN_LOCAL": "1", "SN_PARTITIONS": "4"}.items():
        monkeypatch.setenv(name, value)

    result = CliRunner().invoke(main, ["topics"])

    assert result.stdout == f"{len(ALL)} topics are as they must be on {kafka.bootstrap}\n"


def test_topics_refuses_fewer_replicas_outside_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SN_REPLICATION", "1")

    result = CliRunner().invoke(main, ["topics"])

    assert result.exit_code == 2
    assert "--allow-fewer-replicas" in result.stderr


def test_without_a_broker_a_command_says_which_setting_leads_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (nobody,) = free_ports(1)
    monkeypatch.setenv("SN_KAFKA", f"127.0.0.1:{nobody}")
    monkeypatch.setenv("SN_LOCAL", "1")

    result = CliRunner().invoke(main, ["topics"])

    assert result.exit_code == 75
    assert "SN_KAFKA" in result.stderr.splitlines()[-1]


def test_skip_of_a_group_that_never_was_says_so(
    kafka: KafkaSettings, topics: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SN_KAFKA", kafka.bootstrap)

    result = CliRunner().invoke(main, ["skip", "never-was"])

    assert result.exit_code == 2
    assert "never-was" in result.stderr
