"""What an operator is told of a destination: what counts, what waits, and what to look at first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sinks.delivery.breaker import BreakerState
from sinks.delivery.health import Health, Logged, health_of, read_logged
from sinks.delivery.lane_report import LaneBoard, LaneStanding
from sinks.delivery.plan import State
from sinks.delivery.standing import Decided, Decision, Standing
from streams.contracts.errors import MalformedError
from tests.sinks.delivery.deliveries import plan

NOW = datetime(2026, 9, 21, 14, 14, tzinfo=UTC)
WELL = Health(
    name="mine",
    type="webhook",
    file_state=State.ACTIVE,
    decision=None,
    lane=LaneStanding(processes=1),
    log=Logged(attempts_1h=10, delivered_1h=10, success_1h=1.0),
)


def decided(state: Decided) -> Decision:
    return Decision(state=state, reason="by an operator", decided_at=NOW)


@pytest.mark.parametrize(
    ("file", "decision", "state"),
    [
        (State.ACTIVE, None, "active"),
        (State.PAUSED, None, "paused"),
        (State.SHADOW, None, "shadow"),
        (State.ACTIVE, Decided.PAUSED, "paused"),
        (State.ACTIVE, Decided.DISABLED, "disabled"),
        (State.PAUSED, Decided.ACTIVE, "active"),
        (State.SHADOW, Decided.ACTIVE, "shadow"),
    ],
)
def test_the_state_that_counts_is_the_one_by_which_deliver_acts(
    file: State, decision: Decided | None, state: str
) -> None:
    standing = Standing()
    standing.decide("mine", None if decision is None else decided(decision))
    one = plan("mine", state=file)
    health = health_of(one, standing, LaneBoard(), {}, NOW)

    assert health.state == state
    assert (standing.refusal(one) is None) == (state in {"active", "shadow"})
    assert standing.is_shadow(one) == (file is State.SHADOW)


@pytest.mark.parametrize(
    ("fields", "trouble"),
    [
        ({}, ""),
        ({"decision": decided(Decided.PAUSED)}, "paused"),
        ({"decision": decided(Decided.DISABLED)}, "disabled"),
        ({"lane": LaneStanding()}, "nobody delivers"),
        ({"lane": LaneStanding(processes=2, breaker=BreakerState.OPEN)}, "breaker open"),
        ({"lane": LaneStanding(processes=2, breaker=BreakerState.HALF_OPEN)}, "breaker half-open"),
        ({"log": Logged(success_1h=0.5)}, "failing"),
        ({"log": Logged(success_1h=None)}, ""),
        ({"log": None}, ""),
    ],
)
def test_what_to_look_at_first_is_told_and_nothing_where_all_is_well(
    fields: dict[str, Any], trouble: str
) -> None:
    assert replace(WELL, **fields).trouble == trouble


def test_what_waits_after_a_failure_and_what_was_put_off_are_added() -> None:
    lane = LaneStanding(processes=1, put_off=40)
    assert replace(WELL, lane=lane, log=Logged(retries_waiting=2)).retries_waiting == 42
    assert replace(WELL, lane=lane, log=None).retries_waiting is None, "nobody knows"


def test_a_destination_that_the_log_has_never_heard_of_is_no_unknown_one() -> None:
    health = health_of(plan("mine"), Standing(), LaneBoard(), {}, NOW)
    assert health.log == Logged()
    assert health_of(plan("mine"), Standing(), LaneBoard(), None, NOW).log is None


def test_the_answer_s_rows_are_read_and_those_of_another_shape_refused() -> None:
    at = (NOW - timedelta(minutes=1)).isoformat()
    rows = [{"destination": "mine", "retries_waiting": 3, "last_failed_at": at, "later": 1}]
    assert read_logged(rows)["mine"].last_failed_at == NOW - timedelta(minutes=1)
    with pytest.raises(MalformedError):
        read_logged([{"destination": "mine", "retries_waiting": "many"}])
