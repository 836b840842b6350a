"""replay, dead-letters and resume --replay as an operator types them."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from sinks.__main__ import main
from sinks.delivery.delivery import Delivery, OpenRecord, dead_out
from streams.contracts.event import Event
from streams.contracts.topics import DELAYS, DELIVERIES
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings
from tests.architecture.source import ROOT
from tests.sinks.delivery.deliveries import NOW, record_of
from tests.sinks.delivery.running import events_of, publish
from tests.streams.kafka.conftest import read_all
from tests.terminal import on_terminal

Topics = tuple[str, ...]
Run = Callable[..., Result]
PROJECT = """
[project]
name = "shop"

[[apps]]
id = "{name}"

[[destinations]]
name = "{name}"
type = "webhook"
url = "https://hooks.example.com/in"
apps = ["{name}"]
"""


@pytest.fixture
def name() -> str:
    """Of a destination, and of the app whose events it takes."""
    return f"replay-{uuid4().hex[:12]}"


@pytest.fixture
def run(
    kafka: KafkaSettings,
    topics: Topics,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    project = tmp_path / "project.toml"
    project.write_text(PROJECT.format(name=name))
    monkeypatch.setenv("SN_PROJECT", str(project))
    monkeypatch.setenv("SN_KAFKA", kafka.bootstrap)
    return lambda *words: CliRunner().invoke(main, list(words))


def written(kafka: KafkaSettings, name: str, *topics: str) -> int:
    """How many records of that app there are."""

    async def count() -> int:
        found = [record for topic in topics for record in await read_all(kafka, topic)]
        return len([record for record in found if name.encode() in record.value])

    return asyncio.run(count())


async def bury(kafka: KafkaSettings, name: str, told: list[Event], reason: str) -> None:
    async with Producer(kafka, client_id="test") as producer:
        for one in told:
            opened = OpenRecord(record_of(one), read_at=0.0)
            lost = Delivery(event=one, destination=name, first_at=NOW, open=opened)
            await producer.send(dead_out(lost, attempts=3, reason=reason, detail="was down"))


def test_on_a_terminal_a_bar_is_drawn_up_to_the_end_and_leaves_only_what_was_done(
    kafka: KafkaSettings, run: Run, name: str
) -> None:
    asyncio.run(publish(kafka, events_of(name, 3)))
    words = (sys.executable, "-m", "sinks", "replay", "--destination", name)

    shown = on_terminal(words)
    drawn = [int(share) for share in re.findall(r"replaying .*?(\d+)%", shown)]
    assert drawn[-1] == 100, shown
    assert drawn == sorted(drawn), "it went back"
    *_, last = re.split(r"\x1b\[[0-9;?]*[A-Za-z]", shown)
    assert "3 on their way again" in last

    plain = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=True)
    assert "3 on their way again" in plain.stdout
    assert "\x1b" not in plain.stdout + plain.stderr
    assert "%" not in plain.stdout + plain.stderr, "a bar in a file"


def test_a_dry_run_shows_what_a_run_then_does(kafka: KafkaSettings, run: Run, name: str) -> None:
    asyncio.run(publish(kafka, events_of(name, 7)))

    shown = run("replay", "--destination", name, "--from", "2026-01-01", "--dry-run")
    assert shown.exit_code == 0, shown.output
    assert "7 would be delivered again" in shown.output
    assert written(kafka, name, DELIVERIES) == 0

    done = run("replay", "--destination", name, "--type", "initial_purchase")
    assert done.exit_code == 0, done.output
    assert "7 on their way again" in done.output
    assert written(kafka, name, DELIVERIES) == 7


def test_an_id_that_is_nowhere_is_told_with_how_long_events_are_kept(run: Run) -> None:
    nowhere = run("replay", "--id", str(uuid4()))
    assert nowhere.exit_code == 0, nowhere.output
    assert "nothing was found: Kafka keeps events 30 days" in nowhere.output


def test_dead_letters_are_listed_until_they_are_replayed(
    kafka: KafkaSettings, run: Run, name: str
) -> None:
    told = events_of(name, 3)
    asyncio.run(bury(kafka, name, told, "exhausted: http_503"))

    listed = run("dead-letters", "--destination", name)
    each = run("dead-letters", "--destination", name, "--each")
    newest = run("dead-letters", "--destination", name, "--each", "--most", "2")
    replayed = run("replay", "--dead", "--destination", name, "--reason", "exhausted")
    left = run("dead-letters", "--destination", name)

    assert [name, "exhausted: http_503", "3"] == _cells(listed.output.splitlines()[1])[:3]
    assert all(one.id in each.output for one in told)
    assert "was down" in each.output
    assert sum(one.id in newest.output for one in told) == 2
    assert "1 more are older and not shown: --most 3" in newest.output
    assert "3 on their way again" in replayed.output
    assert name not in left.output


def test_resume_says_what_was_missed_and_delivers_it_when_asked(
    kafka: KafkaSettings, run: Run, name: str
) -> None:
    assert run("destinations", "pause", name).exit_code == 0
    asyncio.run(bury(kafka, name, events_of(name, 4), "paused"))
    asyncio.run(bury(kafka, name, events_of(f"{name}-x", 1), "exhausted: http_500"))
    refused = run("replay", "--dead", "--destination", name)
    told = run("destinations", "resume", name)
    resumed = run("destinations", "resume", name, "--replay")

    assert refused.exit_code == 2
    assert f"first python -m sinks destinations resume {name}" in refused.output
    assert "4 events that it missed wait in the dead letters" in told.output
    assert f"python -m sinks destinations resume {name} --replay" in told.output, "those 4 alone"
    assert "4 events that it missed are on their way" in resumed.output
    # They wait until every process has followed the decision.
    assert written(kafka, name, "delay.5s") == 4
    assert written(kafka, name, *(set(DELAYS) - {"delay.5s"})) == 0


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("replay",), "say what: --id, --destination or --dead"),
        (("replay", "--from", "2026-11-23"), "say what"),
        (("replay", "--id", "x", "--reason", "paused"), "add --dead"),
        (("replay", "--id", "x", "--from", "yesterday"), "does not match the formats"),
        (("replay", "--id", "x", "--from", "2026-11-23", "--to", "2026-11-22"), "not before --to"),
        (("replay", "--id", "x", "--type", "RENEWED"), "'renewal'"),
        (("replay", "--destination", "nobody"), "no destination 'nobody'"),
    ],
)
def test_what_can_not_be_meant_is_refused_with_the_remedy(
    run: Run, words: tuple[str, ...], remedy: str
) -> None:
    refused = run(*words)

    assert refused.exit_code == 2
    assert remedy in refused.output


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("   ") if cell.strip()]
