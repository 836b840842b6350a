"""An attempt's time is split into what happened, on the scale of the slowest that is shown."""

from typing import Any

import pytest

from sinks.charts.parameters import ParameterError
from sinks.console.attempts import asked, rows


def record(**more: float | None) -> dict[str, Any]:
    none = dict.fromkeys(("dns_ms", "connect_ms", "tls_ms", "first_byte_ms"))
    return {**none, "total_ms": 10.0, **more}


def test_the_parts_follow_each_other_and_are_the_whole() -> None:
    (row,) = rows(
        [record(dns_ms=10.0, connect_ms=20.0, tls_ms=30.0, first_byte_ms=100.0, total_ms=120.0)]
    )
    assert [(part.name, part.ms) for part in row.parts] == [
        ("DNS", 10.0),
        ("connect", 20.0),
        ("TLS", 30.0),
        ("first byte", 40.0),
        ("rest", 20.0),
    ]
    assert [part.x for part in row.parts] == [0, 10, 30, 60, 100]
    assert row.parts[-1].x + row.parts[-1].width == 120


def test_rows_share_the_scale_of_the_slowest() -> None:
    slow, quick = rows([record(total_ms=1_000.0), record(total_ms=10.0)])
    assert [part.width for part in (*slow.parts, *quick.parts)] == [120.0, 1.2]


def test_without_an_answer_the_wait_is_named_as_such() -> None:
    (row,) = rows([record(connect_ms=5.0, total_ms=15_000.0)])
    assert row.split == "connect 5.0 ms, no answer 14995.0 ms"


def test_what_was_never_sent_has_no_parts() -> None:
    (row,) = rows([record(total_ms=0.0)])
    assert (row.parts, row.split) == ((), "no time taken")


def test_empty_filters_are_none_and_a_wrong_limit_is_named() -> None:
    given = asked({"result": "", "event_id": " e-1 ", "other": "x"}, "backend")
    assert given == {
        "destination": "backend",
        "event_id": "e-1",
        "app": "",
        "result": "",
        "limit": 50,
    }
    with pytest.raises(ParameterError, match="limit is 'many'"):
        asked({"limit": "many"}, "backend")
