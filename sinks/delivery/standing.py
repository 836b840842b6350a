"""Whether a destination is to be delivered to: what the file says, and what was decided since.

A decision made at run time (an operator pauses, a receiver answers 410) stands in the compacted
topic `control`, is followed by every process, survives restarts, and wins over the file.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog

from sinks.delivery.plan import Plan, State
from streams.contracts.codec import decode, encode
from streams.contracts.errors import MalformedError
from streams.contracts.step import Out, Record
from streams.contracts.topics import CONTROL

_KEY = "destination/"
PAUSED = "paused"
MISSED = frozenset({PAUSED, "disabled", "http_410"})
"""The dead letters' reasons of what a destination missed because nothing was sent to it."""
_log = structlog.get_logger()


class Decided(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`reason`: for a person to read, `http_410` or who paused it."""

    state: Decided
    reason: str
    decided_at: datetime


class Standing:
    """The decisions as followed; a destination without one stands as the file says."""

    def __init__(self) -> None:
        self._decisions: dict[str, Decision] = {}

    def on_record(self, record: Record) -> None:
        """A record of `control`; those of other parts are none of ours."""
        key = (record.key or b"").decode("utf-8", "replace")
        if not key.startswith(_KEY):
            return
        name = key.removeprefix(_KEY)
        if not record.value:
            self.decide(name, None)
            return
        try:
            self.decide(name, decode(record.value, Decision))
        except MalformedError as error:
            _log.error("control_unreadable", key=key, error=str(error))

    def decide(self, name: str, decision: Decision | None) -> None:
        """None: as the file says, from now on."""
        if decision is None:
            self._decisions.pop(name, None)
        else:
            self._decisions[name] = decision

    def decision(self, name: str) -> Decision | None:
        return self._decisions.get(name)

    def refusal(self, plan: Plan) -> str | None:
        """Why nothing goes there, as the dead letters' reason; None: it is delivered to."""
        decision = self._decisions.get(plan.name)
        if decision is None:
            return PAUSED if plan.state is State.PAUSED else None
        return None if decision.state is Decided.ACTIVE else decision.state.value

    def is_shadow(self, plan: Plan) -> bool:
        return plan.state is State.SHADOW


def decision_out(name: str, decision: Decision | None) -> Out:
    """None: as the file says, from now on."""
    value = None if decision is None else encode(decision)
    return Out(topic=CONTROL, key=f"{_KEY}{name}".encode(), value=value)
