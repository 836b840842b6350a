"""What processes say of their lanes, put together: the worst breaker, sums, and nothing that is old."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sinks.delivery.breaker import Breaker, BreakerState
from sinks.delivery.lane_report import (
    FRESH,
    LaneBoard,
    LaneReport,
    LaneStanding,
    ProcessReport,
    report_out,
)
from streams.contracts.step import Record
from streams.contracts.topics import LANES

NOW = datetime(2026, 9, 21, 14, 14, tzinfo=UTC)
SECOND = timedelta(seconds=1)
OPEN = LaneReport(
    destination="mine",
    probe_at=NOW + 20 * SECOND,
    opened_at=NOW - 60 * SECOND,
    reason="http_503",
    waiting=0,
    put_off=40,
    put_off_reason="breaker_open",
)


def told(
    board: LaneBoard,
    process: str,
    *lanes: LaneReport,
    quiet: tuple[str, ...] = (),
    at: datetime = NOW,
) -> None:
    report = ProcessReport(process=process, told_at=at, lanes=lanes, quiet=quiet)
    learn(board, process, report)


def learn(board: LaneBoard, process: str, report: ProcessReport | None) -> None:
    out = report_out(process, report)
    board.on_record(Record(topic=LANES, partition=0, offset=0, key=out.key, value=out.value or b""))


def test_nobody_has_said_anything_of_a_destination() -> None:
    board = LaneBoard()
    told(board, "deliver-0", quiet=("other",))

    assert board.of("mine", NOW) == LaneStanding(processes=0)
    assert board.of("other", NOW) == LaneStanding(processes=1)


def test_a_breaker_that_is_open_in_one_of_two_processes_is_shown_as_open() -> None:
    board = LaneBoard()
    told(board, "deliver-0", quiet=("mine",))
    told(board, "deliver-1", OPEN)
    shown = board.of("mine", NOW)

    assert (shown.processes, shown.not_closed) == (2, 1)
    assert shown.breaker is BreakerState.OPEN
    assert (shown.reason, shown.opened_at, shown.probe_at) == (
        "http_503",
        OPEN.opened_at,
        OPEN.probe_at,
    )
    assert (shown.put_off, shown.put_off_reason) == (40, "breaker_open")


def test_an_open_breaker_is_half_open_once_its_time_is_over() -> None:
    board = LaneBoard()
    told(board, "deliver-0", OPEN)

    assert board.of("mine", NOW + 19 * SECOND).breaker is BreakerState.OPEN
    assert board.of("mine", NOW + 20 * SECOND).breaker is BreakerState.HALF_OPEN


def test_a_clock_that_was_set_back_shows_the_breaker_as_the_lane_has_it() -> None:
    board, lane = LaneBoard(), Breaker(until=NOW + 20 * SECOND, opened=1)
    for back in (timedelta(seconds=-20), timedelta(), timedelta(minutes=4), timedelta(days=1)):
        told(board, "deliver-0", OPEN, at=NOW - back)

        assert board.of("mine", NOW - back).breaker is lane.state(NOW - back)
    assert lane.state(NOW - timedelta(days=1)) is BreakerState.HALF_OPEN


def test_what_a_process_said_before_the_clock_was_set_back_is_old() -> None:
    board = LaneBoard()
    told(board, "deliver-0", OPEN, at=NOW + timedelta(days=1))
    told(board, "deliver-1", quiet=("mine",))

    assert board.processes(NOW) == ("deliver-1",)


def test_open_is_worse_than_half_open_and_the_first_to_open_says_since_when() -> None:
    board = LaneBoard()
    half = replace(OPEN, probe_at=NOW - SECOND, opened_at=NOW - 300 * SECOND, reason="timeout")
    told(board, "deliver-0", half)
    told(board, "deliver-1", OPEN)
    shown = board.of("mine", NOW)

    assert shown.breaker is BreakerState.OPEN
    assert shown.reason == "http_503"
    assert shown.opened_at == NOW - 300 * SECOND


def test_what_waits_is_the_sum_over_all_processes() -> None:
    board = LaneBoard()
    lane = LaneReport(destination="mine", waiting=150, under_way=10, put_off=7, put_off_reason="x")
    told(board, "deliver-0", lane)
    told(board, "deliver-1", lane)
    shown = board.of("mine", NOW)

    assert (shown.waiting, shown.under_way, shown.put_off) == (300, 20, 14)
    assert shown.breaker is BreakerState.CLOSED


def test_a_process_that_has_fallen_silent_is_forgotten() -> None:
    board = LaneBoard()
    told(board, "deliver-0", OPEN)
    told(board, "deliver-1", quiet=("mine",), at=NOW + 30 * SECOND)

    assert board.of("mine", NOW + FRESH).processes == 2
    shown = board.of("mine", NOW + FRESH + SECOND)
    assert (shown.processes, shown.breaker) == (1, BreakerState.CLOSED)
    assert board.processes(NOW + FRESH + SECOND) == ("deliver-1",)


def test_a_restarted_process_replaces_what_it_said_before() -> None:
    board = LaneBoard()
    told(board, "deliver-0", OPEN)
    told(board, "deliver-0", quiet=("mine",), at=NOW + SECOND)

    assert board.of("mine", NOW + SECOND).breaker is BreakerState.CLOSED


def test_a_process_that_says_it_has_ended_is_gone_at_once() -> None:
    board = LaneBoard()
    told(board, "deliver-0", OPEN)
    learn(board, "deliver-0", None)

    assert board.of("mine", NOW).processes == 0


def test_a_report_that_nobody_can_read_keeps_no_other_from_being_shown() -> None:
    board = LaneBoard()
    told(board, "deliver-0", OPEN)
    board.on_record(Record(topic=LANES, partition=0, offset=1, key=b"deliver-1", value=b"{"))

    assert board.processes(NOW) == ("deliver-0",)
