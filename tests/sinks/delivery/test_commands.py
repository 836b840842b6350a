"""The commands of delivery as an operator types them."""

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sinks.delivery.commands import deliver, destinations
from streams.contracts.codec import read_json
from streams.settings.kafka import KafkaSettings
from tests.conftest import free_ports

Topics = tuple[str, ...]
PROJECT = """
[project]
name = "shop"

[[destinations]]
name = "{name}"
type = "webhook"
url = "https://hooks.example.com/in"
secrets = [{{env = "HOOK_SECRET"}}]

[[destinations]]
name = "quiet"
type = "webhook"
url = "https://hooks.example.com/other"
state = "paused"
"""
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def environ(
    kafka: KafkaSettings, topics: Topics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Settings of a project with two destinations, on the tests' broker."""
    project = tmp_path / "project.toml"
    project.write_text(PROJECT.format(name=f"hook-{tmp_path.name}".lower().replace("_", "-")[:60]))
    given = {"SN_PROJECT": str(project), "SN_KAFKA": kafka.bootstrap, "HOOK_SECRET": SECRET}
    given["SN_CHARTS_URL"] = "http://127.0.0.1:9"  # where nobody answers
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return given


def run(*arguments: str) -> Result:
    return CliRunner().invoke(destinations, list(arguments))


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("   ") if cell.strip()]


def decided(name: str) -> tuple[str, str] | None:
    """What the list says was decided of it, and why."""
    (one,) = [one for one in read_json(run("--json").stdout) if one["name"] == name]
    found = one["decided"]
    return None if found is None else (found["state"], found["reason"])


def name_in(environ: dict[str, str]) -> str:
    text = Path(environ["SN_PROJECT"]).read_text()
    return text.split('name = "')[2].split('"')[0]


def test_the_list_shows_each_destination_as_the_file_says(environ: dict[str, str]) -> None:
    shown = run()

    assert shown.exit_code == 0
    first, second = map(cells, shown.stdout.splitlines()[1:])
    assert first[:3] == [name_in(environ), "webhook", "active"]
    assert second[:3] == ["quiet", "webhook", "paused"]
    assert "nobody delivers" in first, "no process has said anything"


def test_without_the_charts_process_the_list_says_what_it_does_not_know(
    environ: dict[str, str],
) -> None:
    shown = run()

    assert "the delivery log is not known: no answer from http://127.0.0.1:9" in shown.stderr
    assert cells(shown.stdout.splitlines()[1])[-4:] == ["?", "?", "?", "?"]


def test_a_pause_is_shown_beside_the_file_until_it_is_reset(environ: dict[str, str]) -> None:
    name = name_in(environ)

    assert run("pause", name, "--reason", "maintenance").exit_code == 0
    assert decided(name) == ("paused", "maintenance")
    assert run("resume", name).exit_code == 0
    assert decided(name) == ("active", "by an operator")
    assert run("reset", name).output == f"{name}: as the file says\n"
    assert decided(name) is None


def test_a_reason_in_brackets_is_shown_as_it_was_written(environ: dict[str, str]) -> None:
    name = name_in(environ)

    run("pause", name, "--reason", "[/ops] [red]")
    shown = run()
    run("reset", name)

    assert shown.exit_code == 0
    assert "[/ops] [red]" in shown.stdout


@pytest.mark.parametrize("words", [(), ("pause", "quiet"), ("resume", "quiet")])
def test_a_broker_that_is_not_there_is_told_with_its_setting(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("SN_KAFKA", "127.0.0.1:9")

    refused = run(*words)

    assert refused.exit_code == 1
    assert "is the broker of SN_KAFKA up" in refused.stderr


def test_a_destination_that_the_file_lacks_is_refused_with_those_that_it_has(
    environ: dict[str, str],
) -> None:
    refused = run("pause", "nobody")

    assert refused.exit_code == 2
    assert "nobody" in refused.output
    assert "quiet" in refused.output


@pytest.mark.parametrize("command", ["deliver", "destinations"])
def test_a_wrong_setting_is_told_in_one_line_with_exit_code_2(
    command: str, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "not-a-webhook-secret")
    refused = CliRunner().invoke({"deliver": deliver, "destinations": destinations}[command], [])

    assert refused.exit_code == 2
    assert ".toml: destinations[0]." in refused.output
    assert "[0].secrets: a secret does not begin with whsec_" in refused.output
    assert "not-a-webhook-secret" not in refused.output


def test_deliver_says_what_it_delivers_to_serves_health_and_stops_cleanly(
    environ: dict[str, str],
) -> None:
    (port,) = free_ports(1)
    running = subprocess.Popen(
        [sys.executable, "-c", "from sinks.delivery.commands import deliver; deliver()"],
        env={**environ, "SN_HEALTH_PORT": str(port), "SN_SLOT": "command-test"},
        stderr=subprocess.PIPE,
        text=True,
    )
    ready = _ready(port)
    running.send_signal(signal.SIGTERM)
    _, told = running.communicate(timeout=30)

    assert ready
    assert running.returncode == 0
    assert '"event": "delivering"' in told
    assert SECRET not in told


def _ready(port: int) -> bool:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    return False


@pytest.mark.parametrize("words", [[], ["--json"], ["reset"]])
def test_without_a_broker_one_line_says_so(
    words: list[str], environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SN_KAFKA", "127.0.0.1:9")
    named = [name_in(environ)] if words == ["reset"] else []
    refused = run(*words, *named)

    assert refused.exit_code == 1
    (line,) = refused.output.splitlines()
    assert line.startswith("error: ")
    assert "SN_KAFKA" in line
