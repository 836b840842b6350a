"""kill -9 of every role under the supervisor while stores post: nothing that was answered 200 is lost.

One stack, one business in as many pieces as there are rounds: who depends on nobody else of a round
is killed in it together, in the middle of its piece, each with records of its own in flight, and
must be ready again within 30 s.
"""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from deploy.demo.comparison import compare
from deploy.demo.expected import expected
from deploy.demo.happening import Business, Tracked
from deploy.demo.play import Part, part_of, tell
from deploy.demo.played import begin
from deploy.demo.posts import Stores
from deploy.demo.service import Service
from deploy.demo.settling import Counts, settle
from deploy.local.programs import RECEIVER
from deploy.local.readiness import wait_until_ready
from deploy.local.site import HOST
from streams.kafka.lag import group_lags
from streams.settings.kafka import KafkaSettings
from tests.e2e.stack import Running, started

pytestmark = pytest.mark.timeout(600)

_T = TypeVar("_T")
_SEED, _SIZE = 7, 200
_PATIENCE = 30.0  # seconds in which a killed role must do its work again
_GROUPS = {
    "verify": "verify-v1",
    "track": "track-v1",
    "identify": "identify-v1",
    "receipts": "receipts-v1",
    "charts": "charts",
    "deliver": "deliver",
}
_ROUNDS = (
    ("ingress-notifications",),
    (RECEIVER,),  # early: what it missed comes back half a minute later, while others are killed
    ("verify",),
    ("track",),
    ("identify",),
    ("receipts", "charts", "deliver"),
    ("ingress-api", "lookup", "delay"),
)
_EVENTS = """\
SELECT toString(event_id) AS id, splitByChar('/', purchase_key)[-1] AS purchase, type, count() AS n
FROM events FINAL GROUP BY event_id, purchase_key, type
"""


@dataclass(slots=True, kw_only=True)
class Killed:
    """`lags`: what each victim's group had not done. `others`: who else was started again."""

    business: Business
    posted: int
    again: int
    missing: str
    lags: dict[str, int] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def killing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("kill")) as made:
        yield made


@pytest.fixture(scope="module")
def killed(killing: Running) -> Killed:
    """After everything was posted and every victim killed once."""
    return asyncio.run(_Scene(killing).run())


class _Scene:
    def __init__(self, running: Running) -> None:
        self._supervisor = running.stack.supervisor
        self._running = running
        self._stores = Stores(running.keys)
        self._kafka = KafkaSettings(bootstrap=f"{HOST}:{running.site.ports.kafka}")
        now = datetime.now(UTC).replace(microsecond=0)
        self._business = begin(now, seed=_SEED, size=_SIZE).business(now)
        self._whole = part_of(self._business, None)
        self._posted = 0
        self._lags: dict[str, int] = {}
        self._others: set[str] = set()

    async def run(self) -> Killed:
        async with self._running.service() as service, service.unasked():
            await service.know(self._whole.foreknown())
            await service.track(self._whole.beginnings(Tracked.AT_START))
            for victims, piece in zip(_ROUNDS, _pieces(self._whole, len(_ROUNDS)), strict=True):
                await self._kill_during(victims, piece, service)
            await service.track(self._whole.beginnings(Tracked.LATE))
            wanted = self._wanted()
            reached = await settle(service, wanted, lambda _: None)
            return Killed(
                business=self._business,
                posted=self._posted,
                again=service.posted.again,
                missing=reached.missing(wanted),
                lags=self._lags,
                others=self._others,
            )

    async def _kill_during(self, victims: Sequence[str], piece: Part, service: Service) -> None:
        """In the middle of the posting, which goes on while they are dead."""
        halfway = asyncio.Event()
        half = len(piece.happenings) // 2

        def told(posted: int) -> None:
            if posted >= half:
                halfway.set()

        posting = asyncio.create_task(tell(piece, self._stores, service, told))
        await halfway.wait()
        before = self._supervisor.children()
        for victim in victims:
            os.kill(before[victim].pid, signal.SIGKILL)
        await self._see_lags([victim for victim in victims if victim in _GROUPS])
        if "ingress-api" in victims:
            await service.track(self._whole.beginnings(Tracked.AT_START)[:5])
        self._posted += await posting
        await asyncio.gather(*(self._back(victim, before[victim].pid) for victim in victims))
        after = self._supervisor.children()
        self._others |= {n for n in after if n not in victims and after[n].pid != before[n].pid}

    async def _see_lags(self, victims: Sequence[str]) -> None:
        """What each dead one had read and not done, or not read yet; none when there never is any."""
        deadline = time.monotonic() + _PATIENCE
        while not set(victims) <= self._lags.keys() and time.monotonic() < deadline:
            lags = await group_lags(self._kafka)
            for victim in victims:
                records = sum(lag.records for lag in lags if lag.group == _GROUPS[victim])
                self._lags |= {victim: records} if records else {}

    async def _back(self, victim: str, pid: int) -> None:
        """Started again, and ready."""
        deadline = time.monotonic() + _PATIENCE
        while self._supervisor.children()[victim].pid in {0, pid}:
            assert time.monotonic() < deadline, f"{victim} was not started again"
            await asyncio.sleep(0.1)
        programs = [one for one in self._running.stack.programs if one.name == victim]
        late = await wait_until_ready(programs, within=_PATIENCE, told=lambda _name, _s: None)
        assert not late

    def _wanted(self) -> Counts:
        due = expected(self._whole.happenings).total()
        tracked = [
            one for when in (Tracked.AT_START, Tracked.LATE) for one in self._whole.beginnings(when)
        ]
        return Counts(outcomes=self._posted, tracked=len(tracked), events=due, webhooks=due)


def _pieces(whole: Part, count: int) -> Sequence[Part]:
    """One after the other in time; forgeries spread over them."""
    return [
        Part(
            happenings=_slice(whole.happenings, number, count),
            forged=_slice(whole.forged, number, count),
        )
        for number in range(count)
    ]


def _slice(values: Sequence[_T], number: int, count: int) -> Sequence[_T]:
    return values[len(values) * number // count : len(values) * (number + 1) // count]


def test_each_role_had_records_in_flight_when_it_was_killed(killed: Killed) -> None:
    assert set(killed.lags) == set(_GROUPS)
    assert all(records > 0 for records in killed.lags.values()), killed.lags


def test_stores_were_refused_meanwhile_and_posted_again(killed: Killed) -> None:
    assert killed.again > 0


def test_nobody_but_the_killed_was_started_again(killed: Killed) -> None:
    assert killed.others == set()


async def test_every_notification_answered_200_has_its_outcome_and_every_event_arrived(
    killed: Killed,
) -> None:
    assert killed.missing == ""


async def test_every_event_is_told_once_by_id(killed: Killed, killing: Running) -> None:
    async with killing.service() as service:
        rows = await service.query(_EVENTS)
        received = await service.get(f"{service.addresses.receiver}/ids")
    assert {row["n"] for row in rows} == {1}
    assert Counter((row["purchase"], row["type"]) for row in rows) == expected(
        killed.business.happenings
    )
    assert set(received) == {row["id"] for row in rows}


async def test_the_charts_still_equal_the_ground_truth(killed: Killed, killing: Running) -> None:
    async with killing.service() as service:
        assert (await compare(service, killed.business)).differences == ()
