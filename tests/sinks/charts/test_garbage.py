"""Python looks for garbage seldom where batches are written: not once for what a full batch is made of."""

import gc
from collections.abc import Iterator

import pytest

from sinks.charts.consume import LIMIT
from sinks.charts.fold.subscription import fold
from sinks.charts.garbage import look_rarely
from sinks.charts.rows import read_batch
from sinks.charts.writer import FOLD_AT_ONCE
from tests.sinks.charts.fold.telling import FACTORS, tellings
from tests.sinks.charts.story import Story, record


@pytest.fixture
def rarely() -> Iterator[None]:
    before = gc.get_threshold()
    look_rarely()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def searches() -> int:
    return sum(generation["collections"] for generation in gc.get_stats())


def test_reading_a_full_batch_and_folding_of_it_looks_for_none(rarely: None) -> None:
    story = Story()
    for month in range(1, 8):
        story.pays(f"2026-{month:02}-01", f"2026-{month + 1:02}-01", "4.99")
    told, records = tellings(story.events), [record(story.events[0])] * LIMIT
    gc.collect()
    before = searches()
    batch = read_batch(records)
    folded = [fold(told, FACTORS) for _ in range(FOLD_AT_ONCE)]
    assert (len(batch.rows["events"]), len(folded)) == (LIMIT, FOLD_AT_ONCE)
    assert searches() == before


def test_what_nobody_refers_to_but_in_a_circle_goes_all_the_same(rarely: None) -> None:
    before = searches()
    for _ in range(1_000_000):
        circle: list[object] = []
        circle.append(circle)
    assert searches() > before
