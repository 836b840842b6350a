"""Times of stores: exact, aware, and never an OverflowError."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.contracts.errors import MalformedError
from streams.stores.moments import at_ms, at_ms_or_none, at_seconds, at_seconds_or_none


@given(ms=st.integers(0, 32_503_680_000_000))
def test_milliseconds_are_kept_exactly(ms: int) -> None:
    assert round(at_ms(ms).timestamp() * 1000) == ms
    assert at_ms(ms).tzinfo is UTC


def test_seconds_and_nothing() -> None:
    assert at_seconds(1_793_527_200) == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert at_seconds_or_none(None) is None
    assert at_ms_or_none(None) is None


@pytest.mark.parametrize("value", [10**18, -(10**18), 2**63])
def test_a_number_beyond_all_years_is_malformed(value: int) -> None:
    for read in (at_ms, at_seconds):
        with pytest.raises(MalformedError):
            read(value)
