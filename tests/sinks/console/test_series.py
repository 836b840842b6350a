"""From rows to lines: null is a gap, a missing row what the drawing says, and nothing is made up."""

from datetime import date
from typing import Any

from sinks.charts.catalog import read_catalog
from sinks.console.drawing import (
    DRAWINGS,
    Drawing,
    Shape,
    Unit,
    drawing_of,
    grouped,
    measures,
    unit_of,
)
from sinks.console.series import MOST, Drawn, Series, drawn, unpriced
from sinks.console.summary import summary

DAYS = (date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3))
CATALOG = read_catalog()


def row(day: int, segment: str = "", **values: Any) -> dict[str, Any]:  # noqa: ANN401 - a column's
    return {"period_start": f"2026-01-0{day}", "segment": segment, "incomplete": day == 3, **values}


def lines(rows: list[dict[str, Any]], drawing: Drawing, **how: Any) -> dict[str, Any]:  # noqa: ANN401 - as `drawn` takes it
    shown = drawn(rows, drawing, DAYS, **{"segmented": False, "measure": "", **how})
    return {series.name: series.values for series in shown.series}


def test_every_chart_of_the_catalog_is_drawn_and_by_columns_that_it_has() -> None:
    assert set(DRAWINGS) == set(CATALOG)
    for name, drawing in DRAWINGS.items():
        columns = set(CATALOG[name].columns)
        used = {*drawing.measures, *drawing.by, *filter(None, (drawing.total,)), *drawing.negated}
        assert used <= columns, name
        assert len({unit_of(column) for column in drawing.measures}) == 1, "one axis, one unit"
    assert sum(map(len, grouped(CATALOG.values()).values())) == len(CATALOG)


def test_a_chart_without_a_line_of_its_own_is_drawn_too() -> None:
    chart = CATALOG["cancel_reasons"]
    renamed = type(chart)(
        name="odd_thing",
        view=chart.view,
        description="",
        statement=chart.statement,
        columns=chart.columns,
        types=chart.types,
    )
    drawing = drawing_of(renamed)
    assert (drawing.title, drawing.measures, drawing.by) == (
        "Odd thing",
        ("cancellations",),
        ("reason",),
    )


def test_micros_are_not_offered_beside_the_same_in_usd() -> None:
    assert measures(CATALOG["mrr"]) == ("mrr_usd",)


def test_units_are_told_by_the_columns_names() -> None:
    units = [unit_of(c) for c in ("mrr_usd", "churn_rate", "x_ms_p50", "days_to_recover", "trials")]
    assert units == [Unit.USD, Unit.SHARE, Unit.MS, Unit.DAYS, Unit.COUNT]


def test_churn_over_an_empty_start_is_a_gap_and_never_0() -> None:
    rows = [row(1, churn_rate=0.5), row(2, churn_rate=None), row(3, churn_rate=0.0)]
    assert lines(rows, DRAWINGS["churn"]) == {"churn rate": (0.5, None, 0.0)}


def test_a_count_without_a_row_is_0_and_a_lag_without_one_is_not_known() -> None:
    reasons = [row(2, reason="UNSUBSCRIBE", cancellations=4)]
    assert lines(reasons, DRAWINGS["cancel_reasons"]) == {"UNSUBSCRIBE": (0.0, 4, 0.0)}
    lags = [row(2, store="stripe", origin="refresh", occurred_to_visible_ms_p50=9)]
    assert lines(lags, DRAWINGS["lag"]) == {"stripe refresh": (None, 9, None)}


def test_measures_stand_together_until_segments_are_asked_for() -> None:
    rows = [
        row(1, one, new_usd=1.0, renewal_usd=2.0, revenue_usd=3.0)
        for one in ("app_store", "stripe")
    ]
    assert set(lines(rows[:1], DRAWINGS["revenue"])) == {"new", "renewal"}
    assert set(lines(rows, DRAWINGS["revenue"], segmented=True)) == {"app_store", "stripe"}
    assert set(lines(rows[:1], DRAWINGS["revenue"], measure="new_usd")) == {"new"}


def test_what_goes_is_drawn_below_zero() -> None:
    rows = [row(1, new=3, resubscribed=0, churned=2)]
    assert lines(rows, DRAWINGS["actives_movement"]) == {
        "new": (3, 0.0, 0.0),
        "churned": (-2, 0.0, 0.0),
    }


def test_of_many_segments_the_largest_are_drawn_and_the_others_counted() -> None:
    rows = [row(1, f"product-{n}", mrr_usd=float(n)) for n in range(1, MOST + 4)]
    shown = drawn(rows, DRAWINGS["mrr"], DAYS, segmented=True, measure="")
    assert shown.left_out == 3
    assert {series.name for series in shown.series} == {f"product-{n}" for n in range(4, MOST + 4)}


def test_an_incomplete_period_is_known_as_such() -> None:
    rows = [row(1, mrr_usd=1.0), row(2, mrr_usd=1.0), row(3, mrr_usd=1.0)]
    shown = drawn(rows, DRAWINGS["mrr"], DAYS, segmented=False, measure="")
    assert shown.incomplete == (False, False, True)


def test_unpriced_of_a_state_is_that_of_the_last_period_and_of_happenings_the_sum() -> None:
    rows = [row(1, unpriced=5), row(2, "a", unpriced=2), row(2, "b", unpriced=1)]
    assert unpriced(rows, DRAWINGS["mrr"]) == 3
    assert unpriced(rows, DRAWINGS["revenue"]) == 8
    assert unpriced([row(1)], DRAWINGS["churn"]) == 0
    assert unpriced([], DRAWINGS["mrr"]) == 0


def test_the_summary_says_what_is_seen() -> None:
    series = Series(name="mrr", values=(1_000.0, 3_000.0, 2_000.0))
    shown = Drawn(periods=DAYS, series=(series,), incomplete=(False, False, True), unit=Unit.USD)
    assert summary(shown, "MRR", "day") == (
        "MRR by day, 2026-01-01 to 2026-01-03: 1,000.00 USD at first, 2,000.00 USD at last,"
        " at most 3,000.00 USD in 2026-01-02. The last is not complete."
    )
    empty = Drawn(
        periods=DAYS,
        series=(Series(name="churn rate", values=(None, None, None)),),
        incomplete=(False, False, False),
        unit=Unit.SHARE,
    )
    assert summary(empty, "Churn", "day") == "Churn: nothing is known of this range."
    assert drawing_of(CATALOG["retention"]).shape is Shape.COHORTS
