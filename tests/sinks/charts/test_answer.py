"""Values as JSON and CSV have them."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from sinks.charts.answer import Answer, Column, as_csv, plain


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (Decimal("4.990000"), 4.99),
        (float("nan"), None),
        (float("inf"), None),
        (b"\x00\xff", "00ff"),
        (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 12), "2026-01-31T12:00:00Z"),  # noqa: DTZ001 - as chDB gives it
        (datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00Z"),
        (datetime(2026, 1, 31, 21, tzinfo=timezone(timedelta(hours=9))), "2026-01-31T12:00:00Z"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ([(1, b"a")], [[1, "61"]]),
        ({1: date(2026, 1, 1)}, {"1": "2026-01-01"}),
    ],
)
def test_each_kind_of_value_becomes_plain(value: object, expected: object) -> None:
    assert plain(value) == expected


def test_csv_has_a_line_of_names_and_no_cell_that_a_spreadsheet_would_calculate() -> None:
    columns = (Column(name="segment", type="String"), Column(name="mrr", type="Int64"))
    answer = Answer(columns=columns, rows=(("=HYPERLINK()", -5), ('a "b", c', 6), (None, 7)))
    assert as_csv(answer) == 'segment,mrr\n\'=HYPERLINK(),-5\n"a ""b"", c",6\n,7\n'
