"""A defect of ours in the console: told by the log, not by the page, and the next request is answered."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from sinks.charts.engine import Engine
from sinks.delivery import replaying
from sinks.delivery.replay import Replayed
from tests.sinks.console.site import site
from tests.sinks.delivery.deliveries import plan

HERE = "/destinations/backend"


async def defective(*_asked: object) -> Replayed:
    raise KeyError("the inside")


async def test_a_page_that_fails_is_500_without_its_inside(
    clickhouse: Engine, tmp_path: Path
) -> None:
    async with site(clickhouse, tmp_path, plans=(plan("backend"),)) as console:
        console.written.problem = KeyError("the inside")
        with capture_logs() as logs:
            answer = await console.post(f"{HERE}/pause", page=HERE)
            page = await answer.text()
        console.written.problem = None
        again = await console.post(f"{HERE}/pause", page=HERE)

    assert (answer.status, again.status) == (500, 303)
    assert "this is a defect; the log of this process has it" in page
    assert "inside" not in page
    (told,) = [one for one in logs if one["event"] == "console_page_failed"]
    assert (told["log_level"], told["path"], told["exc_info"]) == ("error", f"{HERE}/pause", True)


async def test_a_replay_that_fails_is_told_as_failed_and_another_may_be_asked_for(
    clickhouse: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "replay", defective)
    async with site(clickhouse, tmp_path, plans=(plan("backend"),)) as console:
        with capture_logs() as logs:
            for _ in range(2):
                asked = await console.post(f"{HERE}/count", page=HERE, **{"from": "dead"})
                assert asked.status == 303
            page = await console.get(HERE)

    assert "this is a defect; the log has it" in page
    assert "inside" not in page
    failed = [one for one in logs if one["event"] == "replay_failed"]
    assert [(one["log_level"], one["destination"]) for one in failed] == [("error", "backend")] * 2
