"""What a token may send, with the time given."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest

from ingress.config import MIB, Limits
from ingress.limits import InFlight, TokenLimits
from ingress.refusal import Refusal

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def admitted(limits: TokenLimits, at: float, *, token: str = "t", now: datetime = NOON) -> bool:
    try:
        limits.admit(token, now=now, monotonic=at)
    except Refusal as refusal:
        return refusal.status != HTTPStatus.SERVICE_UNAVAILABLE
    return True


def test_the_limits_are_those_that_the_design_names() -> None:
    limits = Limits()
    assert limits.ack_deadline == timedelta(seconds=3)
    assert limits.in_flight_bytes == 64 * MIB
    assert (limits.token_per_second, limits.token_day_bytes) == (200, 2048 * MIB)
    assert limits.header_bytes == 16 * 1024


def test_a_token_may_send_a_second_s_worth_at_once_and_then_its_rate() -> None:
    limits = TokenLimits(Limits())
    assert sum(admitted(limits, 0.0) for _ in range(300)) == 200
    assert sum(admitted(limits, 0.5) for _ in range(300)) == 100
    assert sum(admitted(limits, 1000.0) for _ in range(300)) == 200


def test_one_token_s_rate_is_not_another_s() -> None:
    limits = TokenLimits(Limits(token_per_second=1))
    assert admitted(limits, 0.0, token="a")
    assert not admitted(limits, 0.0, token="a")
    assert admitted(limits, 0.0, token="b")


def test_a_day_s_bytes_come_again_at_midnight_utc() -> None:
    limits = TokenLimits(Limits(token_day_bytes=10))
    assert admitted(limits, 0.0)
    limits.add("t", 10)
    assert not admitted(limits, 1.0)
    assert not admitted(limits, 2.0, now=NOON + timedelta(hours=11, minutes=59))
    assert admitted(limits, 3.0, now=NOON + timedelta(hours=12))


@pytest.mark.parametrize(("before_midnight", "seconds"), [(30, 30), (7200, 3600)])
def test_who_has_sent_the_day_is_told_when_to_come_again(
    before_midnight: int, seconds: int
) -> None:
    limits = TokenLimits(Limits(token_day_bytes=1))
    now = NOON + timedelta(hours=12) - timedelta(seconds=before_midnight)
    limits.admit("t", now=now, monotonic=0.0)
    limits.add("t", 1)
    with pytest.raises(Refusal) as refused:
        limits.admit("t", now=now, monotonic=1.0)
    assert refused.value.retry_after == timedelta(seconds=seconds)


def test_what_is_in_flight_never_exceeds_its_limit_and_is_given_back() -> None:
    in_flight = InFlight(10)
    in_flight.take(10)
    with pytest.raises(Refusal):
        in_flight.take(1)
    in_flight.give(4)
    in_flight.take(4)
    assert in_flight.bytes == 10
