"""A purchase's state: never rewritten by a version that can't read it."""

import pytest
from msgspec.structs import replace

from streams.contracts.codec import encode
from streams.contracts.errors import ConfigError
from streams.contracts.snapshot import Standing
from streams.contracts.words import Signal
from streams.track.state import SCHEMA, Point, PurchaseState, read_state


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
