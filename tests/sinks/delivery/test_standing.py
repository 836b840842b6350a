"""How a destination stands: the file, and what was decided since."""

import pytest

from sinks.delivery.plan import State
from sinks.delivery.standing import Decided, Decision, Standing, decision_out
from streams.contracts.step import Out, Record
from streams.contracts.topics import CONTROL
from tests.sinks.delivery.deliveries import NOW, plan


def followed(*outs: Out) -> Standing:
    standing = Standing()
    for offset, out in enumerate(outs):
        record = Record(
            topic=out.topic, partition=0, offset=offset, key=out.key, value=out.value or b""
        )
        standing.on_record(record)
    return standing


def decided(state: Decided, name: str = "mine") -> Out:
    return decision_out(name, Decision(state=state, reason="why", decided_at=NOW))


@pytest.mark.parametrize(
    ("file", "decision", "refusal"),
    [
        (State.ACTIVE, None, None),
        (State.SHADOW, None, None),
        (State.PAUSED, None, "paused"),
        (State.ACTIVE, Decided.PAUSED, "paused"),
        (State.ACTIVE, Decided.DISABLED, "disabled"),
        (State.PAUSED, Decided.ACTIVE, None),
        (State.SHADOW, Decided.DISABLED, "disabled"),
    ],
)
def test_a_decision_wins_over_the_file(
    file: State, decision: Decided | None, refusal: str | None
) -> None:
    standing = followed(*([] if decision is None else [decided(decision)]))

    assert standing.refusal(plan(state=file)) == refusal


def test_the_last_decision_counts_and_a_reset_forgets_it() -> None:
    standing = followed(decided(Decided.DISABLED), decided(Decided.PAUSED))
    assert standing.refusal(plan()) == "paused"

    standing = followed(decided(Decided.DISABLED), decision_out("mine", None))
    assert standing.refusal(plan()) is None


def test_decisions_of_others_and_other_parts_of_control_are_not_ours() -> None:
    standing = followed(
        decided(Decided.PAUSED, "other"), Out(topic=CONTROL, key=b"app/x", value=b"{}")
    )

    assert standing.refusal(plan()) is None
    assert standing.decision("other") == Decision(
        state=Decided.PAUSED, reason="why", decided_at=NOW
    )


def test_a_decision_that_can_not_be_read_changes_nothing() -> None:
    standing = followed(
        decided(Decided.PAUSED), Out(topic=CONTROL, key=b"destination/mine", value=b"{")
    )

    assert standing.refusal(plan()) == "paused"
