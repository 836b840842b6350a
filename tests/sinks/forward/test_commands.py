"""python -m sinks forward as an operator types it, and forwards among the destinations."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sinks.delivery.commands import destinations
from sinks.forward.commands import forward
from streams.contracts.codec import read_json
from streams.settings.kafka import KafkaSettings

Topics = tuple[str, ...]
PROJECT = """
[project]
name = "shop"

[[apps]]
id = "{app}"
[[apps.stores]]
store = "app_store"
forward = {{ url = {{env = "OLD_URL"}}, secrets = [{{env = "SIGNING"}}] }}
[apps.stores.options]
bundle_id = "com.example.shop"
app_apple_id = 1
"""
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
URL = "https://old.example.com/hidden-path"


@pytest.fixture
def environ(
    kafka: KafkaSettings, topics: Topics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    project = tmp_path / "project.toml"
    app = f"shop-{tmp_path.name}".lower().replace("_", "-")[:40]
    project.write_text(PROJECT.format(app=app))
    given = {
        "SN_PROJECT": str(project),
        "SN_KAFKA": kafka.bootstrap,
        "OLD_URL": URL,
        "SIGNING": SECRET,
        "SN_CHARTS_URL": "http://127.0.0.1:9",  # where nobody answers
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return {**given, "APP": app}


def test_a_forward_is_listed_paused_and_resumed_with_the_destinations(
    environ: dict[str, str],
) -> None:
    name = f"forward/{environ['APP']}/app_store"
    runner = CliRunner()

    def shown() -> dict[str, Any]:
        (one,) = read_json(runner.invoke(destinations, ["--json"]).stdout)
        found: dict[str, Any] = one
        return found

    before = shown()
    assert (before["name"], before["type"], before["file"]) == (name, "forward", "active")
    assert runner.invoke(destinations, ["pause", name]).exit_code == 0
    assert shown()["state"] == "paused"
    assert shown()["decided"]["reason"] == "by an operator"
    assert runner.invoke(destinations, ["resume", name]).exit_code == 0
    assert shown()["state"] == "active"


def test_a_mistake_is_told_in_one_line_with_exit_code_2(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLD_URL", "https://10.0.0.1/hidden-path")
    refused = CliRunner().invoke(forward, [])

    assert refused.exit_code == 2
    assert "apps[0].stores[0].forward.url: 10.0.0.1 is not a public host" in refused.output
    assert "hidden-path" not in refused.output
