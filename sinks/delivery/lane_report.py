"""How the lanes of each process stand, as it says itself every few seconds (topic deliveries.lanes).

A breaker lives in the process that runs the lane, and each has its own. So nobody stores its state:
what a process has not said again within `FRESH` it does not say any more, and one that ended, was
killed or was scaled away is forgotten by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from sinks.delivery.breaker import BreakerPolicy, BreakerState, state_at
from streams.contracts.codec import decode, encode
from streams.contracts.errors import MalformedError
from streams.contracts.step import Out, Record
from streams.contracts.topics import LANES

EVERY = timedelta(seconds=10)
FRESH = timedelta(seconds=35)  # three reports, and time to write one
_COOLDOWN_MAX = BreakerPolicy().cooldown_max  # of every lane: no setting changes it
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneReport:
    """One lane that is not quiet. `probe_at`: when its open breaker lets a probe through; None: it is
    closed. `opened_at` and `reason`: since when it is not, and what failed last. `waiting` in the
    lane, `under_way`, and `put_off` without an attempt, not due yet, for `put_off_reason`."""

    destination: str
    probe_at: datetime | None = None
    opened_at: datetime | None = None
    reason: str = ""
    waiting: int = 0
    under_way: int = 0
    put_off: int = 0
    put_off_reason: str = ""

    @property
    def is_quiet(self) -> bool:
        return self.probe_at is None and not (self.waiting or self.under_way or self.put_off)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessReport:
    """`quiet`: the destinations whose lanes are closed and empty."""

    process: str
    told_at: datetime
    lanes: tuple[LaneReport, ...]
    quiet: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneStanding:
    """One destination over all processes that have a lane of it: the worst breaker, sums of the rest.

    `processes` 0: none has said anything lately. `not_closed`: of how many the breaker is not."""

    processes: int = 0
    not_closed: int = 0
    breaker: BreakerState = BreakerState.CLOSED
    probe_at: datetime | None = None
    opened_at: datetime | None = None
    reason: str = ""
    waiting: int = 0
    under_way: int = 0
    put_off: int = 0
    put_off_reason: str = ""


def report_out(process: str, report: ProcessReport | None) -> Out:
    """None: the process has ended, and says so."""
    value = None if report is None else encode(report)
    return Out(topic=LANES, key=process.encode(), value=value)


class LaneBoard:
    """The newest report of each process."""

    def __init__(self) -> None:
        self._reports: dict[str, ProcessReport] = {}
        self._lanes: dict[str, dict[str, LaneReport]] = {}  # by process and destination

    def on_record(self, record: Record) -> None:
        """A record of `deliveries.lanes`; one that nobody can read keeps no other from being shown."""
        process = (record.key or b"").decode("utf-8", "replace")
        if not record.value:
            self._forget(process)
            return
        try:
            report = decode(record.value, ProcessReport)
        except MalformedError as error:
            _log.error("lane_report_unreadable", process=process, error=str(error))
            return
        self._reports[process] = report
        self._lanes[process] = _by_destination(report)

    def processes(self, now: datetime) -> tuple[str, ...]:
        """Those that have said something lately."""
        return tuple(sorted(self._fresh(now)))

    def of(self, destination: str, now: datetime) -> LaneStanding:
        told = [self._lanes[process].get(destination) for process in self._fresh(now)]
        return _together([lane for lane in told if lane is not None], now)

    def _fresh(self, now: datetime) -> list[str]:
        for process, report in list(self._reports.items()):
            if abs(now - report.told_at) > FRESH:  # ahead of us: from before a clock was set back
                self._forget(process)
        return list(self._reports)

    def _forget(self, process: str) -> None:
        self._reports.pop(process, None)
        self._lanes.pop(process, None)


def _by_destination(report: ProcessReport) -> dict[str, LaneReport]:
    quiet = {name: LaneReport(destination=name) for name in report.quiet}
    return quiet | {lane.destination: lane for lane in report.lanes}


def _together(lanes: list[LaneReport], now: datetime) -> LaneStanding:
    broken = [lane for lane in lanes if lane.probe_at is not None]
    # Open before half-open: the one that lets nothing through, and of those the longest shut.
    worst = max(broken, key=lambda lane: lane.probe_at or now, default=LaneReport(destination=""))
    since = [lane.opened_at for lane in broken if lane.opened_at is not None]
    return LaneStanding(
        processes=len(lanes),
        not_closed=len(broken),
        breaker=state_at(worst.probe_at, now, _COOLDOWN_MAX),
        probe_at=worst.probe_at,
        opened_at=min(since, default=None),
        reason=worst.reason,
        waiting=sum(lane.waiting for lane in lanes),
        under_way=sum(lane.under_way for lane in lanes),
        put_off=sum(lane.put_off for lane in lanes),
        put_off_reason=next((lane.put_off_reason for lane in lanes if lane.put_off), ""),
    )
