"""python -m streams setup: the page on stdout, the check beside it, exit codes that a script can use."""

import re
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from sinks.charts.last_received import Labels
from streams.__main__ import main
from streams.contracts.codec import encode
from streams.contracts.ids import AppId, StoreName
from streams.contracts.outcome import LastReceived
from streams.contracts.step import Record
from streams.settings.project_file import load_project
from tests.conftest import free_ports
from tests.terminal import on_terminal

TOKEN = "token-aaaaaaaaaaaaaaaaaaaa"
PROJECT = """
[project]
name = "P"
[[apps]]
id = "notes"
[[apps.stores]]
store = "stripe"
tokens = [{ file = "token" }]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "token").write_text(TOKEN)
    file = tmp_path / "project.toml"
    file.write_text(PROJECT)
    monkeypatch.setenv("SN_PROJECT", str(file))
    monkeypatch.setenv("SN_CHARTS_URL", f"http://127.0.0.1:{free_ports(1)[0]}")
    return file


class Answering(ThreadingHTTPServer):
    """Answers every GET with the labels, as the charts API words them."""

    body = b""


class _Labels(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        assert isinstance(self.server, Answering)
        self.wfile.write(self.server.body if self.path == "/v1/last-received" else b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Tests need no access log."""


@pytest.fixture
def api(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    server = Answering(("127.0.0.1", 0), _Labels)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("SN_CHARTS_URL", f"http://127.0.0.1:{server.server_port}")
    yield server
    server.shutdown()
    server.server_close()


def labels(project: Path, *received: LastReceived) -> bytes:
    held = Labels()
    for offset, value in enumerate(received):
        key = f"{value.app_id}/{value.store}".encode()
        held.learn(
            Record(
                topic="last-received",
                partition=0,
                offset=offset,
                key=key,
                value=encode(value),
                headers=(),
                timestamp_ms=0,
            )
        )
    return encode({"apps": held.of(load_project(project).project)})


def label(app: str, counts: dict[str, int]) -> LastReceived:
    return LastReceived(app_id=AppId(app), store=StoreName("stripe"), counts=counts)


def test_the_page_goes_to_stdout_and_all_else_aside(project: Path) -> None:
    result = CliRunner().invoke(main, ["setup", "notes", "stripe"])

    assert result.exit_code == 0
    assert result.stdout.startswith("# Stripe: app `notes`\n")
    assert f"http://127.0.0.1:8080/v1/notifications/stripe/{TOKEN}" in result.stdout
    assert "not set: public_url in [project]" in result.stderr
    assert "Connection of notes and Stripe" in result.stderr
    assert "Connection of" not in result.stdout


def test_on_a_terminal_what_is_to_be_copied_is_never_wrapped(project: Path) -> None:
    shown = on_terminal([sys.executable, "-m", "streams", "setup", "notes", "stripe"], columns=60)

    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in shown.splitlines()]
    assert (
        f"stripe listen --forward-to http://127.0.0.1:8080/v1/notifications/stripe/{TOKEN}" in lines
    )
    assert "```" not in shown
    assert "Connection of notes and Stripe" in lines


def test_a_check_without_the_services_fails_and_names_the_setting(project: Path) -> None:
    result = CliRunner().invoke(main, ["setup", "notes", "stripe", "--check"])

    assert result.exit_code == 1
    assert "failed   What came is not known: no answer from http://127.0.0.1:" in result.stdout
    assert "SN_CHARTS_URL" in result.stdout


def test_a_check_says_what_came(project: Path, api: Answering) -> None:
    api.body = labels(project, label("-", counts={"unknown_token": 2}))

    result = CliRunner().invoke(main, ["setup", "notes", "stripe", "--check"])

    assert result.exit_code == 0
    assert "warning  2 posts came to an unknown token of Stripe" in result.stdout
    assert "public_url" in result.stdout


def test_a_check_fails_when_what_came_was_rejected(project: Path, api: Answering) -> None:
    forged = LastReceived(
        app_id=AppId("notes"),
        store=StoreName("stripe"),
        last_rejected_reason="signature",
        counts={"rejected": 5},
    )
    api.body = labels(project, forged)

    result = CliRunner().invoke(main, ["setup", "notes", "stripe", "--check"])

    assert result.exit_code == 1
    assert "5 came and all failed on the signature" in result.stdout
    assert "another endpoint's" in result.stdout


def test_services_that_do_not_know_the_app_yet_are_to_be_restarted(
    project: Path, api: Answering
) -> None:
    api.body = encode({"apps": []})

    result = CliRunner().invoke(main, ["setup", "notes", "stripe", "--check"])

    assert result.exit_code == 1
    assert "Restart them: project.toml is read at start." in result.stdout


def test_an_app_that_is_not_there_is_one_line(project: Path) -> None:
    result = CliRunner().invoke(main, ["setup", "chess", "stripe"])

    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert "new-app" in result.stderr
