"""A process reports on its lanes: now and then, soon when a breaker turns, and not into an outage."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from sinks.delivery.lane_report import LaneReport, ProcessReport
from sinks.delivery.outbox import Outbox
from sinks.delivery.reporting import Reporting
from streams.contracts.codec import decode
from streams.contracts.errors import TransientError
from streams.contracts.step import Out
from streams.observe import clock, metrics


class Broker:
    def __init__(self) -> None:
        self.outs: list[Out] = []
        self.away = False

    async def send_all(self, outs: Sequence[Out]) -> None:
        if self.away:
            raise TransientError("away")
        self.outs += outs


class Lane:
    """One lane whose report the test sets."""

    def __init__(self, told: LaneReport) -> None:
        self.told = told

    def report(self) -> LaneReport:
        return self.told


@asynccontextmanager
async def reporting(broker: Broker, *lanes: Lane) -> AsyncIterator[Reporting]:
    outbox = Outbox(broker, again=timedelta(milliseconds=5))
    one = Reporting("deliver-0", outbox)
    tasks = [asyncio.create_task(outbox.run()), asyncio.create_task(one.run(lanes))]
    yield one
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def reports(broker: Broker) -> list[ProcessReport]:
    return [decode(out.value or b"", ProcessReport) for out in broker.outs]


async def told(broker: Broker, count: int) -> list[ProcessReport]:
    async with asyncio.timeout(5):
        while len(broker.outs) < count:  # noqa: ASYNC110 - what it does, seen from outside
            await asyncio.sleep(0.01)
    return reports(broker)


async def test_a_breaker_that_opens_is_told_at_once_and_in_the_metrics() -> None:
    broker, lane = Broker(), Lane(LaneReport(destination="turning"))
    async with reporting(broker, lane) as one:
        (first,) = await told(broker, 1)
        lane.told = LaneReport(destination="turning", probe_at=clock.now(), reason="timeout")
        one.breaker_turned()
        started = clock.monotonic()
        _, second = await told(broker, 2)

    assert clock.monotonic() - started < 5, "it waited for the next report"
    assert (first.lanes, first.quiet) == ((), ("turning",))
    assert (second.lanes, second.quiet) == ((lane.told,), ())
    assert 'sn_delivery_breaker_open{destination="turning"} 1.0' in metrics.exposition().decode()


async def test_many_breakers_that_turn_together_are_one_report() -> None:
    broker = Broker()
    async with reporting(broker, Lane(LaneReport(destination="a"))) as one:
        await told(broker, 1)
        for _ in range(100):
            one.breaker_turned()
            await asyncio.sleep(0.001)
        await told(broker, 2)
        await asyncio.sleep(0.1)

    assert len(broker.outs) == 2


async def test_a_broker_that_is_away_finds_no_pile_of_old_reports_when_it_comes_back() -> None:
    broker = Broker()
    broker.away = True
    async with reporting(broker, Lane(LaneReport(destination="a"))) as one:
        await asyncio.sleep(0.05)
        for _ in range(50):
            one.end()
        broker.away = False
        await told(broker, 1)

    assert len(broker.outs) == 1
