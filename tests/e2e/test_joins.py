"""Workers that join and leave, a broker that stops, a step that raises: all while stores post.

One stack, one business in pieces, a disturbance a piece. What was answered 200 has its outcome, what
happened is told once, and the disturbance was really met.
"""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession

from deploy.demo.expected import expected
from deploy.demo.happening import Happening, Tracked
from deploy.demo.play import Part, part_of, tell
from deploy.demo.played import begin
from deploy.demo.posts import Stores
from deploy.demo.service import Service
from deploy.demo.settling import Counts, settle
from deploy.local.programs import BROKER
from deploy.local.site import HOST, ROOT
from streams.kafka.lag import group_lags
from streams.settings.kafka import KafkaSettings
from tests.conftest import free_ports
from tests.e2e.stack import Running, started
from tests.e2e.test_kill import _EVENTS, _pieces

pytestmark = pytest.mark.timeout(600)

_SEED, _SIZE = 11, 160
_JOINED = ("verify", "track", "identify")
_BROKER_STOPPED = 5.0  # seconds: ingress refuses after three
_SESSION = 8  # seconds until the partitions of a worker that has left go back: three times here


@dataclass(slots=True, kw_only=True)
class Disturbed:
    """`lags`: of each group when its second worker came; `joined`: how many records that settled.
    `victim`: whose records met the defect."""

    happenings: list[Happening]
    posted: int
    again: int
    missing: str
    victim: str
    lags: dict[str, int] = field(default_factory=dict)
    joined: dict[str, int] = field(default_factory=dict)


@pytest.fixture(scope="module")
def joining(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = {"SN_SESSION_TIMEOUT": str(_SESSION)}
    with started(tmp_path_factory.mktemp("join"), settings=settings) as made:
        yield made


@pytest.fixture(scope="module")
def disturbed(joining: Running, tmp_path_factory: pytest.TempPathFactory) -> Disturbed:
    """After everything was posted."""
    return asyncio.run(_Scene(joining, tmp_path_factory.mktemp("workers")).run())


class _Scene:
    def __init__(self, running: Running, folder: Path) -> None:
        self._running = running
        self._folder = folder
        self._supervisor = running.stack.supervisor
        self._stores = Stores(running.keys)
        self._kafka = KafkaSettings(bootstrap=f"{HOST}:{running.site.ports.kafka}")
        now = datetime.now(UTC).replace(microsecond=0)
        self._whole = part_of(begin(now, seed=_SEED, size=_SIZE).business(now), None)
        (self._port,) = free_ports(1)
        self._posted = 0
        self._lags: dict[str, int] = {}
        self._joined: dict[str, int] = {}

    async def run(self) -> Disturbed:
        first, *joins, at_broker, at_bug = _pieces(self._whole, len(_JOINED) + 3)
        async with self._running.service() as service, service.unasked():
            await service.know(self._whole.foreknown())
            await service.track(self._whole.beginnings(Tracked.AT_START))
            self._posted += await tell(first, self._stores, service, lambda _: None)
            for role, piece in zip(_JOINED, joins, strict=True):
                await self._join_during(role, piece, service)
            await self._stop_broker_during(at_broker, service)
            victim = _victim(at_bug)
            await self._raise_during(victim, at_bug, service)
            await service.track(self._whole.beginnings(Tracked.LATE))
            wanted = self._wanted(victim)
            reached = await settle(service, wanted, lambda _: None)
            return Disturbed(
                happenings=list(self._whole.happenings),
                posted=self._posted,
                again=service.posted.again,
                missing=reached.missing(wanted),
                victim=victim,
                lags=self._lags,
                joined=self._joined,
            )

    async def _join_during(self, role: str, piece: Part, service: Service) -> None:
        """A second worker of the role comes while the group has work, and leaves while it has.

        The first one is frozen until the second is about to join: however fast the machine is,
        the partitions move with records in flight.
        """
        before, after = _pieces(piece, 2)
        with self._frozen(role):
            posting = asyncio.create_task(tell(before, self._stores, service, lambda _: None))
            self._lags[role] = await self._lag(f"{role}-v1")
            worker = self._worker(role, "1", "streams", role)
            await self._until(self._listens, role, worker)
        try:
            await self._until(lambda: "partitions_taken_up" in self._said(role), role, worker)
            self._posted += await posting
            posting = asyncio.create_task(tell(after, self._stores, service, lambda _: None))
            self._joined[role] = await self._settled(role, worker)
        finally:
            worker.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(worker.wait, 30) == 0
        self._posted += await posting

    @contextmanager
    def _frozen(self, role: str) -> Iterator[None]:
        pid = self._supervisor.children()[role].pid
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def _listens(self) -> bool:
        """Health is served just before the group is joined."""
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self._port)) == 0

    async def _until(
        self, reached: Callable[[], bool], role: str, worker: "subprocess.Popen[bytes]"
    ) -> None:
        for _ in range(300):
            assert worker.poll() is None, self._said(role)
            if reached():
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{role} did not get there within 30 s: {self._said(role)}")

    async def _settled(self, role: str, worker: "subprocess.Popen[bytes]") -> int:
        """How many records the second worker has settled, when it has settled the first."""
        for _ in range(300):
            settled = await self._metric("driver_records_total")
            if settled or worker.poll() is not None:
                return settled
            await asyncio.sleep(0.1)
        raise AssertionError(f"{role} never settled a record: {self._said(role)}")

    async def _metric(self, name: str) -> int:
        try:
            async with (
                ClientSession() as session,
                session.get(f"http://{HOST}:{self._port}/metrics") as answer,
            ):
                text = await answer.text()
        except ClientError:
            return 0  # it does not listen yet
        found = re.search(rf"^sn_{name} (\S+)$", text, re.MULTILINE)
        return int(float(found[1])) if found else 0

    async def _stop_broker_during(self, piece: Part, service: Service) -> None:
        """Half of the piece is on its way through the roles then; stores post the other half."""
        before, after = _pieces(piece, 2)
        self._posted += await tell(before, self._stores, service, lambda _: None)
        await asyncio.to_thread(self._supervisor.stop_child, BROKER)
        posting = asyncio.create_task(tell(after, self._stores, service, lambda _: None))
        await asyncio.sleep(_BROKER_STOPPED)
        await asyncio.to_thread(self._supervisor.start_child, BROKER)
        self._posted += await posting

    async def _raise_during(self, victim: str, piece: Part, service: Service) -> None:
        """The only track worker has a defect; then it is mended."""
        await asyncio.to_thread(self._supervisor.stop_child, "track")
        defective = ("track", "0", "tests.e2e.raising", "track", victim)
        worker = self._worker(*defective)
        try:
            self._posted += await tell(piece, self._stores, service, lambda _: None)
            for _ in range(120):
                if not await self._records("track-v1"):
                    return
                if worker.poll() is not None:  # started again, as under a supervisor
                    worker = self._worker(*defective)
                await asyncio.sleep(0.5)
            raise AssertionError(f"track did not go on within 60 s: {self._said('track')}")
        finally:
            worker.send_signal(signal.SIGTERM)
            await asyncio.to_thread(worker.wait, 30)
            await asyncio.to_thread(self._supervisor.start_child, "track")

    def _worker(self, role: str, slot: str, *module: str) -> "subprocess.Popen[bytes]":
        own = {"SN_SLOT": slot, "SN_HEALTH_PORT": str(self._port)}
        environment = self._running.site.environment() | own
        with self._log(role).open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *module], cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    def _log(self, role: str) -> Path:
        return self._folder / f"{role}.log"

    def _said(self, role: str) -> str:
        return self._log(role).read_text()[-2000:]

    async def _lag(self, group: str) -> int:
        """Of a group whose worker is frozen, once the records have come to it."""
        for _ in range(100):
            if records := await self._records(group):
                return records
            await asyncio.sleep(0.1)
        return 0

    async def _records(self, group: str) -> int:
        return sum(lag.records for lag in await group_lags(self._kafka) if lag.group == group)

    def _wanted(self, victim: str) -> Counts:
        due = sum(n for (who, _), n in expected(self._whole.happenings).items() if who != victim)
        when = (Tracked.AT_START, Tracked.LATE)
        tracked = sum(len(self._whole.beginnings(each)) for each in when)
        return Counts(outcomes=self._posted, tracked=tracked, events=due, webhooks=due)


def _victim(piece: Part) -> str:
    """A tracked subscription that several messages of the piece are about."""
    told = Counter(
        one.subscription.id
        for one in piece.happenings
        if one.subscription.tracked is Tracked.AT_START
    )
    return told.most_common(1)[0][0]


def test_each_group_had_work_when_its_second_worker_came(disturbed: Disturbed) -> None:
    assert set(disturbed.lags) == set(_JOINED)
    assert all(records > 0 for records in disturbed.lags.values()), disturbed.lags
    assert set(disturbed.joined) == set(_JOINED)
    assert all(settled > 0 for settled in disturbed.joined.values())


def test_stores_were_refused_while_the_broker_was_away_and_posted_again(
    disturbed: Disturbed,
) -> None:
    assert disturbed.again > 0


async def test_every_notification_answered_200_has_its_outcome(disturbed: Disturbed) -> None:
    assert disturbed.missing == ""


async def test_every_event_is_told_once_and_the_defect_cost_its_own_purchase_only(
    disturbed: Disturbed, joining: Running
) -> None:
    async with joining.service() as service:
        rows = await service.query(_EVENTS)
    told = Counter((row["purchase"], row["type"]) for row in rows)
    due = expected(disturbed.happenings)
    assert {row["n"] for row in rows} == {1}
    assert {key: n for key, n in told.items() if key[0] != disturbed.victim} == {
        key: n for key, n in due.items() if key[0] != disturbed.victim
    }


async def test_what_met_the_defect_is_a_dead_letter_with_reason_bug_and_has_its_outcome(
    disturbed: Disturbed, joining: Running
) -> None:
    query = "SELECT purchase_key, count() AS n FROM outcomes FINAL WHERE kind = 'bug' GROUP BY purchase_key"
    async with joining.service() as service:
        rows = await service.query(query)
        dead = await service.query(
            "SELECT count() AS n FROM notifications FINAL WHERE reason = 'bug'"
        )
    assert [row["purchase_key"].rsplit("/", 1)[-1] for row in rows] == [disturbed.victim]
    assert dead[0]["n"] >= rows[0]["n"] > 0
