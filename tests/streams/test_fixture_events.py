"""Every fixture of a store leads to the events that stand beside it, and the README's matrix says so.

The events were compared row by row with what the stores' documentation says of each type.
"""

from pathlib import Path

import pytest

from streams.contracts.ids import StoreName
from tests.streams.fixture_events import events_of, matrix
from tests.streams.stores.fixture import load, names
from tests.streams.stores.suites import SUITES

README = Path(__file__).parents[2] / "README.md"
EVERY = [(store, name) for store in SUITES for name in names(store)]


@pytest.mark.parametrize(("store", "name"), EVERY, ids=str)
def test_a_fixture_leads_to_the_events_beside_it(store: StoreName, name: str) -> None:
    fixture = load(store, name)
    assert fixture.events is not None, "say what it leads to: `events`, after which others: `after`"
    assert events_of(store, fixture) == fixture.events


def test_the_readme_s_matrix_of_stores_and_event_types_is_what_the_fixtures_say() -> None:
    assert matrix() in README.read_text(encoding="utf-8"), (
        "replace it by what `python -m tests.streams.fixture_events` prints"
    )
