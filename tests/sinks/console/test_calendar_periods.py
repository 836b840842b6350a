"""The periods of the console's axis are those of the views."""

from datetime import date

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts.parameters import RESOLUTIONS
from sinks.console.calendar_periods import label, periods
from tests.sinks.charts.asking import ask

RANGES = [("2024-02-27", "2024-03-02"), ("2025-12-28", "2026-01-04"), ("2024-11-30", "2026-02-01")]


@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize(("first", "last"), RANGES)
def test_they_are_those_that_a_chart_has_rows_for(
    client: Client, first: str, last: str, resolution: str
) -> None:
    rows = ask(client, "mrr", start=first, to=last, resolution=resolution)
    made = periods(date.fromisoformat(first), date.fromisoformat(last), resolution)
    assert list(made) == [row["period_start"] for row in rows]


def test_they_are_called_as_people_call_them() -> None:
    day = date(2026, 10, 1)
    told = [label(day, resolution) for resolution in ("day", "week", "month", "quarter", "year")]
    assert told == ["2026-10-01", "2026-10-01", "2026-10", "2026 Q4", "2026"]
