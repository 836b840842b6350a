"""Retries of a destination that was renamed or removed while they waited."""

from dataclasses import replace

from structlog.testing import capture_logs

from sinks.delivery.delivery import retry_out
from streams.contracts.step import Record
from streams.contracts.topics import DELIVERIES
from tests.sinks.delivery.deliveries import delivery, plan
from tests.sinks.delivery.test_worker import Reader, Running


async def test_an_operator_is_told_of_it_at_once_and_once() -> None:
    out = retry_out(delivery(destination="removed"), attempts=1, postponed=0)
    first = Record(
        topic=DELIVERIES, partition=0, offset=7, key=out.key, value=out.value or b"",
        headers=out.headers,
    )  # fmt: skip

    with capture_logs() as logs:
        async with Running(Reader([first, replace(first, offset=8)]), plan()).running() as made:
            await made.finished(7, 8)

    told = [log for log in logs if log["event"] == "destination_unknown"]
    assert [log["destination"] for log in told] == ["removed"]
    assert "project.toml" in told[0]["meaning"]
