"""How a destination does, by the delivery log: what waits, the last success and failure, what died."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts.answer import answer_of
from sinks.charts.delivery_health import DEAD, HEALTH, dead_asked, health_asked, healths
from sinks.charts.writer import Writer
from sinks.delivery.attempts import AttemptResult, Timing
from sinks.delivery.health import read_logged
from streams.contracts.ids import EventId
from streams.contracts.step import Record
from streams.observe import clock
from tests.sinks.charts.records import attempt

MINUTE = timedelta(minutes=1)


@pytest.fixture
def now() -> datetime:
    return clock.now()


def tried(now: datetime, minutes_ago: float, event: int = 1, **more: Any) -> Record:  # noqa: ANN401 - any field
    at = now - minutes_ago * MINUTE
    given = {"event_id": EventId(f"event-{event}"), "started_at": at, "event_received_at": at}
    return attempt(**(given | more))


def failed(now: datetime, minutes_ago: float, event: int, **more: Any) -> Record:  # noqa: ANN401 - any field
    given = {"result": AttemptResult.RETRY, "status": 503, "reason": "http_503"}
    return tried(now, minutes_ago, event, **(given | more))


def asked(client: Client, now: datetime, destination: str = "") -> list[dict[str, Any]]:
    found = [
        client.query(sql, parameters=parameters)
        for sql, parameters in (
            (HEALTH, health_asked(now, destination)),
            (DEAD, dead_asked(now, destination)),
        )
    ]
    health, dead = (
        answer_of(one.column_names, [t.name for t in one.column_types], one.result_rows, 1_000)
        for one in found
    )
    return healths(health, dead)


def test_a_retry_waits_until_it_is_due_however_often_its_row_was_written(
    client: Client, writer: Writer, now: datetime
) -> None:
    soon, later = now + 2 * MINUTE, now + 300 * MINUTE
    writer.write([failed(now, 3, 1, next_at=soon), failed(now, 2, 1, next_at=soon, attempt=2)])
    writer.write([failed(now, 3, 2, next_at=later), failed(now, 9, 3, next_at=now - MINUTE)])
    (row,) = asked(client, now)
    logged = read_logged([row])["backend"]

    assert logged.retries_waiting == 2
    assert logged.next_retry_at is not None
    assert abs(logged.next_retry_at - soon) < timedelta(seconds=1)


def test_success_is_a_share_of_attempts_in_the_hour_and_in_the_day(
    client: Client, writer: Writer, now: datetime
) -> None:
    writer.write(
        [
            tried(now, 5, 1),
            failed(now, 10, 2, next_at=now),
            tried(now, 300, 3, timing=Timing(total_ms=99.5)),
            tried(now, 310, 4),
            tried(now, 20, 5, result=AttemptResult.SHADOW),
            tried(now, 30, 6, result=AttemptResult.DEAD, attempt=0, reason="paused"),
            tried(now, 3 * 24 * 60, 7),
        ]
    )
    (row,) = asked(client, now)
    logged = read_logged([row])["backend"]

    assert (logged.attempts_1h, logged.success_1h) == (2, 0.5)
    assert (logged.attempts_24h, logged.success_24h) == (4, 0.75)
    assert logged.attempt_ms_p99 == 99.5


def test_the_last_failure_has_its_reason_and_a_pause_is_none(
    client: Client, writer: Writer, now: datetime
) -> None:
    writer.write(
        [
            failed(now, 60, 1, reason="timeout", detail="no answer in time", status=None),
            failed(now, 90, 2),
            tried(now, 5, 3, result=AttemptResult.DEAD, attempt=0, reason="paused"),
        ]
    )
    logged = read_logged(asked(client, now))["backend"]

    assert (logged.last_failure, logged.last_failure_detail) == ("timeout", "no answer in time")
    assert logged.last_failed_at is not None
    assert abs(now - 60 * MINUTE - logged.last_failed_at) < timedelta(seconds=1)
    assert logged.last_delivered_at is None
    assert logged.success_24h == 0.0


def test_nothing_tried_is_no_rate(client: Client, writer: Writer, now: datetime) -> None:
    writer.write([tried(now, 3 * 24 * 60, 1)])
    logged = read_logged(asked(client, now))["backend"]

    assert (logged.success_1h, logged.success_24h, logged.attempt_ms_p50) == (None, None, None)
    assert logged.last_delivered_at is not None


def test_dead_events_are_counted_by_reason_until_they_are_delivered_after_all(
    client: Client, writer: Writer, now: datetime
) -> None:
    died = {"result": AttemptResult.DEAD, "reason": "exhausted: http_503", "attempt": 10}
    writer.write([failed(now, 50, number, **died) for number in (1, 2, 3)])
    writer.write([tried(now, 40, 4, result=AttemptResult.DEAD, attempt=0, reason="paused")])
    writer.write([tried(now, 20, 2, replay=True)])
    writer.write([tried(now, 12 * 24 * 60, 9, destination="old", **died)])
    rows = {row["destination"]: row["dead"] for row in asked(client, now)}

    assert rows == {
        "backend": {"exhausted: http_503": 2, "paused": 1},
        "old": {"exhausted: http_503": 1},
    }
    assert [row["destination"] for row in asked(client, now, "old")] == ["old"]
