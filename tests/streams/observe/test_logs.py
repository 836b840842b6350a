"""Logs are JSON lines, and neither a secret nor a body gets into one."""

import logging

import pytest
import structlog

from streams.contracts.codec import read_json
from streams.observe import logs
from streams.observe.logs import mask
from streams.settings.secret import Secret


def test_secrets_and_bodies_are_masked_wherever_they_stand() -> None:
    event = {
        "token": "t-1",
        "secret": Secret("s-1"),
        "webhook_secret": "s-2",
        "raw": b"a body",
        "headers": {"Authorization": "Bearer x", "host": "h"},
        "many": [Secret("s-3"), b"bytes"],
        "event": "kept",
    }

    masked = mask(None, "info", event)

    assert masked["event"] == "kept"
    assert masked["raw"] == "<6 bytes>"
    assert not [each for each in ("t-1", "s-1", "s-2", "s-3", "Bearer") if each in repr(masked)]


def test_a_line_is_json_with_role_level_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        logs.configure("verify", "INFO", "json")
        structlog.get_logger().info("started", port=1, password="hidden")
        (line,) = capsys.readouterr().err.splitlines()
    finally:
        logging.getLogger().handlers[:] = handlers
        logging.getLogger().setLevel(level)
        structlog.reset_defaults()

    said = read_json(line)
    assert (said["event"], said["role"], said["level"]) == ("started", "verify", "info")
    assert said["password"] == "***"
    assert said["ts"].startswith("20")
