"""A purchase's state: bounded, and never rewritten by a version that can't read it."""

import pytest
from msgspec.structs import replace

from streams.contracts.codec import encode
from streams.contracts.errors import ConfigError
from streams.contracts.snapshot import Standing
from streams.contracts.words import Signal
from streams.track.state import MOST_POINTS, SCHEMA, Point, PurchaseState, bounded, read_state


def test_a_state_comes_back_as_it_was_stored() -> None:
    state = PurchaseState(sequence=3, periods={"-/p": (Point((1, "m"), Signal.EXPIRED, _at("p")),)})

    assert read_state(encode(state)) == state
    assert read_state(None) is None


def _at(period: str) -> Standing:
    return Standing(period=period)


def test_a_newer_schema_stops_the_worker() -> None:
    newer = replace(PurchaseState(), schema=SCHEMA + 1)

    with pytest.raises(ConfigError, match="upgrade every track worker"):
        read_state(encode(newer))


def test_the_oldest_periods_lose_their_points_first_and_it_is_counted() -> None:
    def period(n: int) -> tuple[Point, ...]:
        return tuple(
            Point((n * 1000 + k, "m"), Signal.STATE_CHANGED, _at(str(n))) for k in range(100)
        )

    state = PurchaseState(periods={f"-/{n}": period(n) for n in range(MOST_POINTS // 100 + 2)})

    smaller = bounded(state)

    assert set(state.periods) - set(smaller.periods) == {"-/0", "-/1"}
    assert smaller.points_dropped == 200
