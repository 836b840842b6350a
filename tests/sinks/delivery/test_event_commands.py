"""test-event and schema as an operator types them."""

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from sinks.__main__ import main
from sinks.destinations.schema import payload_schema
from tests.receiver import verify

SECRET = "whsec_" + base64.b64encode(b"t" * 32).decode()
PROJECT = """
[project]
name = "shop"
[[apps]]
id = "notes"
[[destinations]]
name = "backend"
type = "webhook"
url = "http://127.0.0.1:{port}/in"
allow_private = true
allow_insecure = true
environment = "PRODUCTION"
state = "{state}"
secrets = [{{ env = "HOOK_SECRET" }}]
"""
SILENT = """
[project]
name = "shop"
[[apps]]
id = "notes"
[[apps.stores]]
store = "stripe"
forward = "https://old.example.com/stripe"
[[destinations]]
name = "amplitude"
type = "amplitude"
api_key = { env = "HOOK_SECRET" }
"""


class Answering(BaseHTTPRequestHandler):
    """In a thread of its own: the command runs its own event loop in this one."""

    status = 200
    posts: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.posts.append(({k.lower(): v for k, v in self.headers.items()}, body))
        answer = f"seen, {SECRET}".encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Tests print nothing."""


@pytest.fixture
def answering() -> Iterator[tuple[type[Answering], int]]:
    handler = type("Handler", (Answering,), {"posts": [], "status": 200})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield handler, server.server_port
        server.shutdown()
        thread.join()


def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int, *words: str, state: str = "active"
) -> Result:
    file = tmp_path / "project.toml"
    file.write_text(PROJECT.format(port=port, state=state))
    monkeypatch.setenv("SN_PROJECT", str(file))
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    return CliRunner().invoke(main, list(words))


@pytest.mark.parametrize("state", ["active", "paused", "shadow"])
def test_a_test_event_is_sent_signed_and_its_answer_is_printed_without_secrets(
    answering: tuple[type[Answering], int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
) -> None:
    handler, port = answering

    said = run(tmp_path, monkeypatch, port, "test-event", "backend", state=state)

    assert said.exit_code == 0, said.output
    ((headers, body),) = handler.posts
    event = orjson.loads(body)["event"]
    assert verify(SECRET, headers, body)
    assert (event["type"], event["app_id"], event["environment"]) == ("TEST", "notes", "PRODUCTION")
    assert f"TEST {event['id']} to backend: delivered" in said.output
    assert "HTTP 200" in said.output
    assert "first byte" in said.output
    assert "seen, ***" in said.output
    assert SECRET not in said.output


def test_an_answer_that_is_no_success_is_told_and_so_is_the_exit_code(
    answering: tuple[type[Answering], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, port = answering
    handler.status = 503

    said = run(tmp_path, monkeypatch, port, "test-event", "backend")

    assert said.exit_code == 1
    assert "retry (http_503)" in said.output
    assert len(handler.posts) == 1


def test_nobody_at_the_other_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(tmp_path, monkeypatch, 9, "test-event", "backend")

    assert said.exit_code == 1
    assert "retry (connect)" in said.output


def test_each_test_event_is_new_to_its_receiver(
    answering: tuple[type[Answering], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, port = answering
    for _ in range(2):
        run(tmp_path, monkeypatch, port, "test-event", "backend")

    assert len({headers["webhook-id"] for headers, _ in handler.posts}) == 2


def test_a_destination_that_the_file_lacks_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run(tmp_path, monkeypatch, 9, "test-event", "nobody")

    assert said.exit_code == 2
    assert "it has backend" in said.output


def test_the_schema_is_printed() -> None:
    said = CliRunner().invoke(main, ["schema"])

    assert orjson.loads(said.output) == payload_schema()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("amplitude", "amplitude says nothing of a TEST in SANDBOX"),
        ("forward/notes/stripe", "let the store send its test"),
    ],
)
def test_what_nothing_would_be_sent_to_is_said_so(
    name: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "project.toml"
    file.write_text(SILENT)
    monkeypatch.setenv("SN_PROJECT", str(file))
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    refused = CliRunner().invoke(main, ["test-event", name])

    assert refused.exit_code == 2
    assert why in " ".join(refused.output.replace("\u2502", " ").split())
