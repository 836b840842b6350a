"""Says how this process's lanes stand: every few seconds, and at once when a breaker turns.

To the topic for whoever looks (python -m sinks destinations, the console), and as metrics.
"""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from typing import Protocol

from sinks.delivery.lane_report import EVERY, LaneReport, ProcessReport, report_out
from sinks.delivery.outbox import Outbox
from streams.observe import clock, metrics

_AT_MOST = 1.0  # seconds between two reports: a thousand breakers that turn together are one


class Reported(Protocol):
    """A lane."""

    def report(self) -> LaneReport: ...


class Reporting:
    """`process`: the key of its reports; no two live processes share it."""

    def __init__(self, process: str, outbox: Outbox) -> None:
        self._process = process
        self._outbox = outbox
        self._turned = asyncio.Event()

    def breaker_turned(self) -> None:
        """Report soon."""
        self._turned.set()

    async def run(self, lanes: Collection[Reported]) -> None:
        """Report for ever."""
        while True:
            self._tell(lanes)
            await asyncio.sleep(_AT_MOST)
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY.total_seconds() - _AT_MOST):
                    await self._turned.wait()
            self._turned.clear()

    def end(self) -> None:
        """The process ends: it says so, rather than fall silent."""
        self._put(None)

    def _tell(self, lanes: Collection[Reported]) -> None:
        reports = [lane.report() for lane in lanes]
        for one in reports:
            is_open = float(one.probe_at is not None)
            metrics.gauge("delivery_breaker_open", is_open, destination=one.destination)
            metrics.gauge("delivery_lane_waiting", one.waiting, destination=one.destination)
            metrics.gauge("delivery_put_off_waiting", one.put_off, destination=one.destination)
        told = ProcessReport(
            process=self._process,
            told_at=clock.now(),
            lanes=tuple(one for one in reports if not one.is_quiet),
            quiet=tuple(one.destination for one in reports if one.is_quiet),
        )
        self._put(told)

    def _put(self, told: ProcessReport | None) -> None:
        """While the broker acknowledges nothing, what is old by then need not pile up."""
        if not self._outbox.failing_for:
            self._outbox.put((report_out(self._process, told),), lambda: None)
