"""What an HTTP answer means."""

from datetime import UTC, datetime, timedelta

import pytest

from sinks.destinations.base import Response, VerdictKind
from sinks.destinations.http import judge

AT = datetime(2026, 9, 21, 14, 0, tzinfo=UTC)


def answer(status: int, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status=status, received_at=AT, headers=named)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivered(status: int) -> None:
    assert judge(answer(status)).kind is VerdictKind.DELIVERED


@pytest.mark.parametrize("status", [100, 199, 300, 301, 304, 400, 401, 404, 422, 429, 500, 599])
def test_everything_else_is_tried_again(status: int) -> None:
    verdict = judge(answer(status))

    assert verdict.kind is VerdictKind.RETRY
    assert verdict.reason == f"http_{status}"


def test_410_disables_the_destination() -> None:
    assert judge(answer(410)).kind is VerdictKind.DISABLE


@pytest.mark.parametrize(("status", "slow"), [(429, True), (502, True), (504, True), (500, False)])
def test_an_overloaded_receiver_is_told_apart(status: int, slow: bool) -> None:
    assert judge(answer(status)).slow is slow


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("0", timedelta()),
        ("120", timedelta(seconds=120)),
        ("Mon, 21 Sep 2026 14:10:00 GMT", timedelta(minutes=10)),
        ("Mon, 21 Sep 2026 14:10:00 -0000", timedelta(minutes=10)),
        ("Mon, 21 Sep 2026 13:00:00 GMT", timedelta()),
        ("99999999999999999999", timedelta(hours=24)),
        ("Mon, 21 Sep 2099 14:10:00 GMT", timedelta(hours=24)),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("\u0661", None),
        ("Mon, 21 Sep 99999999999999999999 14:10:00 GMT", None),
        ("Mon, 21 Sep 2026 14:10:99999999999999999999 GMT", None),
        ("Mon, 21 Sep 2026 14:10:00 +99999999999999999999", None),
        ("Mon, 21 Sep 0001 14:10:00 +2359", timedelta()),
        ("Mon, 21 Sep 9999 14:10:00 -2359", timedelta(hours=24)),
        ("Mon Sep" * 5_000, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date_within_a_day(
    value: str, after: timedelta | None
) -> None:
    assert judge(answer(503, retry_after=value)).after == after
