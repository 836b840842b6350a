"""Logs: one JSON line an event, whoever logs, and no secret or body in any."""

import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from streams.contracts.codec import read_json
from streams.kafka.refusals import REFUSALS
from streams.observe import logs
from streams.settings.secret import Secret


@pytest.fixture(autouse=True)
def _undone() -> Iterator[None]:
    """Logging is of the process: leave it as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [read_json(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_one_line_with_time_level_role_and_fields(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("verify", "INFO", "json")
    structlog.get_logger().info("received", store="stripe", count=2)

    (line,) = told(capsys)
    assert line.pop("ts").endswith("+00:00")
    assert line == {
        "role": "verify",
        "level": "info",
        "event": "received",
        "store": "stripe",
        "count": 2,
    }


def test_what_is_below_the_level_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("verify", "WARNING", "json")
    structlog.get_logger().info("received")
    assert told(capsys) == []


def test_a_library_s_log_is_a_line_like_ours(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("verify", "INFO", "json")
    logging.getLogger("some.library").warning("lost %s of %d", "one", 2)

    (line,) = told(capsys)
    assert (line["event"], line["role"]) == ("lost one of 2", "verify")


@pytest.mark.parametrize("library", ["aiokafka", "faust", "aiohttp.server"])
def test_libraries_that_would_log_records_are_silent_even_at_debug(
    capsys: pytest.CaptureFixture[str], library: str
) -> None:
    logs.configure("verify", "DEBUG", "json")
    logging.getLogger(library).debug("sending value=b'secret-word'")
    assert told(capsys) == []


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_secret_and_no_body_is_ever_told(
    capsys: pytest.CaptureFixture[str], form: logs.Format
) -> None:
    logs.configure("verify", "INFO", form)
    structlog.get_logger().info(
        "received",
        password="hunter2",
        purchase_token="hunter2",
        webhook_secret="hunter2",
        body="hunter2",
        raw=b"hunter2",
        found=Secret("hunter2"),
        headers={"Authorization": "hunter2", "list": [Secret("hunter2"), b"hunter2"]},
    )

    line = capsys.readouterr().err
    assert "received" in line
    assert "hunter2" not in line
    assert "<7 bytes>" in line


def test_an_exception_is_told_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("verify", "INFO", "json")
    try:
        int("x")
    except ValueError:
        structlog.get_logger().exception("failed")

    (line,) = told(capsys)
    assert (line["event"], line["level"]) == ("failed", "error")
    assert "ValueError" in line["exception"]


def test_the_mask_leaves_everything_else_as_it_is() -> None:
    event = {"purchase_key": "a/b", "n": 1, "none": None, "nested": {"ok": [1, "x"]}}
    assert logs.mask(sys, "info", dict(event)) == event


def test_a_command_tells_of_a_broker_that_is_away_by_its_own_error_only(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("destinations", "INFO", "json")
    logging.getLogger("aiokafka.conn").error("Unable connect to x")
    logs.hush_libraries()
    refused = ConnectionRefusedError("nobody listens")
    logging.getLogger("aiokafka").error('Unable connect to "%s:%s": %s', "x", 9092, refused)
    structlog.get_logger().warning("ours")
    logging.getLogger("asyncio").error("Task exception was never retrieved")
    shown = [line["event"] for line in told(capsys)]
    assert shown == ["Unable connect to x", "ours", "Task exception was never retrieved"]
    assert REFUSALS.take() is refused, "which the error of ours says"

    logs.configure("destinations", "DEBUG", "json")
    logs.hush_libraries()
    logging.getLogger("aiokafka.conn").error("Unable connect to x")
    assert [line["event"] for line in told(capsys)] == ["Unable connect to x"]
