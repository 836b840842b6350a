"""Every way in which a notification can end has its words and a remedy."""

import re
from pathlib import Path

import pytest

import streams
from sinks.console.reasons import TONES, explained, meaning
from streams.contracts import stores
from streams.contracts.errors import RejectedError
from streams.contracts.outcome import OutcomeKind
from streams.contracts.posting import NO_WAY
from streams.contracts.stores import Store

_SOURCES = sorted(Path(streams.__file__).parent.rglob("*.py"))
_SAID = re.compile(r"\breason ?= ?\"([a-z_0-9]+)\"")
# `rejected` is the base of the others; a post that is no way to a purchase is answered at the door.
_NEVER_DEAD = {RejectedError.reason, NO_WAY}


def _reasons() -> set[str]:
    """As the code of every stage names them, and the classes of errors."""
    said = {word for path in _SOURCES for word in _SAID.findall(path.read_text(encoding="utf-8"))}
    classes = RejectedError.__subclasses__()
    return (said | {each.reason for each in classes}) - _NEVER_DEAD


def test_every_reason_that_a_stage_gives_is_explained() -> None:
    reasons = _reasons()
    assert {"signature", "age", "apple_v1", "unanswered"} <= reasons
    assert [
        one
        for one in sorted(reasons)
        if "refused with the reason" in explained(one, "stripe").words
    ] == []


def test_a_reason_that_is_new_is_shown_and_has_a_remedy() -> None:
    told = explained("moon_phase", "stripe")
    assert "moon_phase" in told.words
    assert "replay" in told.remedy


@pytest.mark.parametrize("store", stores.ALL, ids=lambda store: store.name)
def test_what_is_set_wrongly_when_nothing_is_proven_is_the_stores_own_advice(store: Store) -> None:
    assert store.advice.unproven[1:] in explained("signature", store.name).remedy


@pytest.mark.parametrize("kind", OutcomeKind)
def test_every_outcome_has_a_meaning(kind: OutcomeKind) -> None:
    assert "no words yet" not in meaning(kind.value)
    assert set(TONES.values()) <= {"good", "warn", "bad"}
