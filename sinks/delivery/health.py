"""One destination as an operator sees it: the file, what was decided, the lanes, the log. Pure.

Four sources say something of it and none knows all: each part is shown as what its source says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sinks.delivery.breaker import BreakerState
from sinks.delivery.lane_report import LaneBoard, LaneStanding
from sinks.delivery.plan import Plan, State
from sinks.delivery.standing import Decided, Decision, Standing
from streams.contracts.codec import convert

_FAILING = 0.9  # of the attempts of an hour: fewer that succeed are worth a look


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """What the delivery log says, as GET /v1/deliveries/health has it. Rates: of attempts, 0 to 1;
    None: nothing was tried. `dead`: events by reason. Times of attempts in milliseconds."""

    retries_waiting: int = 0
    next_retry_at: datetime | None = None
    last_delivered_at: datetime | None = None
    last_failed_at: datetime | None = None
    last_failure: str = ""
    last_failure_detail: str = ""
    attempts_1h: int = 0
    delivered_1h: int = 0
    success_1h: float | None = None
    attempts_24h: int = 0
    delivered_24h: int = 0
    success_24h: float | None = None
    attempt_ms_p50: float | None = None
    attempt_ms_p99: float | None = None
    dead: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`log` None: the charts process did not answer, so nobody knows."""

    name: str
    type: str
    file_state: State
    decision: Decision | None
    lane: LaneStanding
    log: Logged | None

    @property
    def state(self) -> str:
        """What counts: the decision where there is one. An active one in shadow sends nothing."""
        if self.decision is not None and self.decision.state is not Decided.ACTIVE:
            return self.decision.state
        if self.file_state is State.PAUSED and self.decision is not None:
            return State.ACTIVE
        return self.file_state

    @property
    def retries_waiting(self) -> int | None:
        """After a failed attempt, and put off without one."""
        return None if self.log is None else self.log.retries_waiting + self.lane.put_off

    @property
    def trouble(self) -> str:
        """What an operator should look at first, in a word or two; "": nothing."""
        if self.state in (Decided.PAUSED, Decided.DISABLED):
            return self.state
        if not self.lane.processes:
            return "nobody delivers"
        if self.lane.breaker is not BreakerState.CLOSED:
            return f"breaker {self.lane.breaker.replace('_', '-')}"
        rate = None if self.log is None else self.log.success_1h
        return "failing" if rate is not None and rate < _FAILING else ""


def health_of(
    plan: Plan,
    standing: Standing,
    board: LaneBoard,
    logged: Mapping[str, Logged] | None,
    now: datetime,
) -> Health:
    """`logged`: by destination, as `read_logged` gives it; None: not known."""
    return Health(
        name=plan.name,
        type=plan.type,
        file_state=plan.state,
        decision=standing.decision(plan.name),
        lane=board.of(plan.name, now),
        log=None if logged is None else logged.get(plan.name, Logged()),
    )


def read_logged(rows: list[dict[str, Any]]) -> dict[str, Logged]:
    """From the answer's rows; MalformedError when they are of another version."""
    return {str(row["destination"]): convert(row, Logged) for row in rows}
