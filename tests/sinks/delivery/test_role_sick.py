"""Receivers that are sick and names that lie, as the whole role sees them on the real broker."""

import asyncio
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import DEVNULL
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from deploy.local.broker import Broker
from sinks.delivery.attempts import AttemptResult
from sinks.delivery.breaker import BreakerPolicy
from sinks.delivery.plan import CONCURRENCY
from sinks.delivery.resolver import AddressInfo
from sinks.delivery.role import Role
from sinks.delivery.schedule import Schedule
from streams.contracts.topics import ATTEMPTS, DELIVERIES, EVENTS
from streams.settings.kafka import KafkaSettings
from tests.receiver import Receiver, Reply, Way
from tests.sinks.delivery.deliveries import webhook
from tests.sinks.delivery.running import (
    QUICK,
    attempts_of,
    begin_at_end,
    delaying,
    delivering,
    events_of,
    own_app,
    publish,
    reading,
    to,
)
from tests.sinks.delivery.sending import Names

Topics = tuple[str, ...]
SECOND = timedelta(seconds=1)
SICK = (Way.HANG, Way.TRICKLE, Way.SILENT_TRICKLE, Way.ENDLESS)


class LyingNames:
    """A resolver that fails or lies in the way that the first part of the name says."""

    addresses = (
        "127.0.0.1",
        "169.254.169.254",
        "::1",
        "fc00::7",
        "2002:7f00:1::1",
        "::ffff:7f00:1",
    )

    def __init__(self) -> None:
        self.rebinding = Names(["93.184.216.34", "127.0.0.1"], ["127.0.0.1"], ["::1"])
        self.reasons = {
            "nxdomain": "dns",
            "servfail": "dns",
            "slow": "timeout",
            "rebinding": "egress_refused",
            **{f"liar{n}": "egress_refused" for n in range(len(self.addresses))},
        }

    def __call__(self, host: str, port: int) -> Sequence[AddressInfo]:
        name = host.removesuffix(".example")
        if name == "nxdomain":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if name == "servfail":
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        if name == "slow":
            time.sleep(1.5)
        if name.startswith("liar"):
            return Names([self.addresses[int(name[4:])]])(host, port)
        return self.rebinding(host, port)


async def test_an_answer_that_was_never_written_down_is_asked_for_once_more(
    kafka: KafkaSettings, topics: Topics, broker: Broker
) -> None:
    """kill -9 between the receiver's 200 and the record of the attempt: the broker is frozen then."""
    app, group = own_app(), f"deliver-{uuid4().hex[:12]}"
    told = events_of(app, 20)
    assert broker.pid is not None
    async with Receiver() as receiver, reading(kafka, ATTEMPTS) as log:
        receiver.default = Reply(after=1.0)
        await begin_at_end(kafka, group, (EVENTS, DELIVERIES))
        words = (kafka.bootstrap, group, receiver.url, app)
        first = await _process(words)
        await publish(kafka, told)
        await receiver.arrived(10, timeout=60)
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            await receiver.arrived(20)
            await _all_answered(receiver)
            first.kill()
            await first.wait()
        finally:
            os.kill(broker.pid, signal.SIGCONT)
        receiver.default = Reply()
        second = await _process(words)
        await receiver.arrived(40, timeout=60)
        attempts = await attempts_of(log, app, 20)
        second.terminate()
        await second.wait()

    assert Counter(receiver.ids()) == {one.id: 2 for one in told}
    assert all(post.headers["webhook-id"] == post.event_id for post in receiver.posts)
    assert len({(post.event_id, post.body) for post in receiver.posts}) == 20
    assert {(a.result, a.attempt) for a in attempts} == {(AttemptResult.DELIVERED, 1)}


async def test_receivers_that_hang_trickle_or_never_end_cost_the_healthy_nothing(
    kafka: KafkaSettings, topics: Topics
) -> None:
    """The healthy one has all its events while each of the others still holds the first ones that it
    got, as many as its lane has places: nothing waited for one of them, whatever the clock says."""
    app = own_app()
    told = events_of(app, 400)
    async with Receiver() as healthy, AsyncExitStack() as stack:
        sick = {way: await stack.enter_async_context(Receiver()) for way in SICK}
        for way, receiver in sick.items():
            receiver.default = Reply(way=way)
        plans = [to(one, app, way.name, timeout=60 * SECOND) for way, one in sick.items()]
        before = _resident()
        async with delivering(kafka, to(healthy, app, "healthy"), *plans):
            await publish(kafka, told)
            await healthy.arrived(len(told), timeout=50)
            for receiver in sick.values():
                await receiver.arrived(CONCURRENCY)
            got = {way: len(receiver.posts) for way, receiver in sick.items()}
            held = {way: receiver.open for way, receiver in sick.items()}
            grown = _resident() - before
            await stack.aclose()  # so that the role need not wait for what they hold

    holding = {Way.HANG, Way.TRICKLE, Way.SILENT_TRICKLE}
    assert Counter(healthy.ids()) == Counter(one.id for one in told)
    assert {way: got[way] for way in holding} == dict.fromkeys(holding, CONCURRENCY)
    assert {way: held[way] for way in holding} == dict.fromkeys(holding, CONCURRENCY)
    assert grown < 60_000, "what the endless one sent was kept"


async def test_after_an_outage_of_all_nothing_is_lost_and_nobody_is_stormed(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    told = events_of(app, 60)
    policy = BreakerPolicy(failures=4, successes=1, cooldown=SECOND, cooldown_max=2 * SECOND)
    patient = Schedule(steps=(SECOND,) * 60, jitter=0.1, postponed=(SECOND, 2 * SECOND))
    outage = 4.0
    async with Receiver() as one, Receiver() as other:
        for receiver in (one, other):
            receiver.default = Reply(status=500)
        fields = {"breaker": policy, "schedule": patient, "concurrency": 4}
        plans = [to(one, app, "one", **fields), to(other, app, "other", **fields)]
        async with delivering(kafka, *plans, delay=True):
            await publish(kafka, told)
            await one.arrived(1)
            await asyncio.sleep(outage)
            during = len(one.posts), len(other.posts)
            healed = time.monotonic()
            for receiver in (one, other):
                receiver.default = Reply()
            ids: set[str] = {event.id for event in told}
            await asyncio.gather(*(r.arrived_ids(ids, timeout=60) for r in (one, other)))
            took = time.monotonic() - healed

    # What was under way when the breaker opened, then one probe a cool-down.
    most = policy.failures + 4 + int(outage / 1.0) + 1
    assert all(4 <= count <= most for count in during), during
    assert took <= 4 * outage
    at = sorted(post.at for post in one.posts[during[0] :])
    assert at[-1] - at[0] > 0.5, "they all came back at one moment"


async def test_names_that_fail_or_lie_are_retried_with_the_reason_and_never_connected_to(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app = own_app()
    names = LyingNames()
    async with Receiver() as receiver, reading(kafka, ATTEMPTS) as log:
        plans = [
            to(
                receiver,
                app,
                name,
                destination=webhook(f"http://{name}.example:{receiver.port}/"),
                allow_private=False,
                timeout=SECOND,
                schedule=Schedule(steps=(SECOND, 60 * SECOND), jitter=0.0),
            )
            for name in names.reasons
        ]
        group = f"deliver-{uuid4().hex[:12]}"
        await begin_at_end(kafka, group, (EVENTS, DELIVERIES))
        role = Role(kafka=kafka, plans=plans, group=group, schedule=QUICK, look_up=names)
        stop = asyncio.Event()
        async with delaying(kafka):
            running = asyncio.create_task(role.run(stop))
            await publish(kafka, events_of(app, 1))
            attempts = await attempts_of(log, app, 2 * len(names.reasons))
            stop.set()
            await running

    told = {(a.destination, a.reason) for a in attempts}
    assert told == set(names.reasons.items())
    assert {a.result for a in attempts} == {AttemptResult.RETRY}
    assert all(a.timing.connect_ms is None for a in attempts)
    assert names.rebinding.asked >= 2
    assert receiver.posts == []


async def _process(words: tuple[str, ...]) -> asyncio.subprocess.Process:
    module = "tests.sinks.delivery.deliver_process"
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *words, stderr=DEVNULL
    )


async def _all_answered(receiver: Receiver) -> None:
    async with asyncio.timeout(10):
        while receiver.open:  # noqa: ASYNC110 - what is under way, seen from outside
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)  # until the answers are read, and their records wait for the broker


def _resident() -> int:
    """KB of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
