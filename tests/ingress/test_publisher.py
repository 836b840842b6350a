"""The broker away and back: refusals within the deadline, nothing lost that was answered 200."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp

from deploy.local.broker import Broker
from ingress.config import Limits
from streams.contracts.codec import decode
from streams.contracts.outcome import Outcome
from streams.contracts.raw import read_raw
from streams.contracts.topics import OUTCOMES
from streams.settings.kafka import KafkaSettings
from tests.conftest import free_ports
from tests.ingress.doors import Door, Tail, open_notifications

DEADLINE = Limits().ack_deadline.total_seconds()
SLACK = 0.7  # seconds for a machine that runs other tests beside


async def test_with_the_broker_away_posts_are_503_in_time_and_200_when_it_is_back(
    door: Door, raw: Tail, broker: Broker
) -> None:
    assert (await door.post(b"before"))[0] == 200
    await asyncio.to_thread(broker.stop)
    try:
        answers = await asyncio.gather(*(_timed(door, b"away") for _ in range(20)))
        assert not await door.ready()
    finally:
        await asyncio.to_thread(broker.start)
    assert {status for status, _ in answers} == {503}
    assert max(seconds for _, seconds in answers) < DEADLINE + SLACK

    await door.wait_until_ready()

    assert (await door.post(b"after"))[0] == 200
    kept = [record.value for record in await raw.read()]
    assert kept.count(b"before") == kept.count(b"after") == 1


async def test_a_broker_killed_under_load_loses_nothing_that_was_answered_200(
    door: Door, raw: Tail, broker: Broker
) -> None:
    enough = asyncio.Event()
    acknowledged: list[bytes] = []

    async def sender(name: int) -> None:
        number = 0
        while not enough.is_set():
            body = b"%d/%d" % (name, number)
            status, _ = await door.post(body)
            acknowledged.extend([body] * (status == 200))
            number += 1
            await asyncio.sleep(0.05)

    senders = [asyncio.create_task(sender(name)) for name in range(4)]
    await asyncio.sleep(1)
    at_the_kill = len(acknowledged)
    await asyncio.to_thread(broker.kill)
    await asyncio.to_thread(broker.start)
    await door.wait_until_ready()
    await asyncio.sleep(1)
    enough.set()
    await asyncio.gather(*senders)

    kept = {record.value for record in await raw.read()}
    assert 0 < at_the_kill < len(acknowledged)
    assert set(acknowledged) <= kept


async def test_a_door_that_opens_before_the_broker_refuses_until_it_is_there(
    tmp_path: Path, broker: Broker, topics: tuple[str, ...]
) -> None:
    kafka = KafkaSettings(bootstrap=broker.bootstrap)
    await asyncio.to_thread(broker.stop)
    try:
        async with open_notifications(kafka, tmp_path, ready=False) as door:
            status, seconds = await _timed(door, b"{}")
            assert (status, await door.ready(), await door.ready("/healthz")) == (503, False, True)
            assert seconds < DEADLINE + SLACK
            await asyncio.to_thread(broker.start)
            await door.wait_until_ready()
            assert (await door.post(b"{}"))[0] == 200
    finally:
        await asyncio.to_thread(broker.start)


async def test_a_door_without_any_broker_closes_in_time(tmp_path: Path) -> None:
    (nobody,) = free_ports(1)
    kafka = KafkaSettings(bootstrap=f"127.0.0.1:{nobody}")
    async with asyncio.timeout(10):
        async with open_notifications(kafka, tmp_path, ready=False) as door:
            assert (await door.post(b"{}"))[0] == 503


async def test_the_door_answers_what_it_took_in_before_it_closes(
    kafka: KafkaSettings, topics: tuple[str, ...], tmp_path: Path, raw: Tail
) -> None:
    async with aiohttp.ClientSession() as session:
        async with open_notifications(kafka, tmp_path) as door:
            lasting = replace(door, session=session)
            posts = [asyncio.create_task(lasting.post(b"%d" % number)) for number in range(50)]
            await asyncio.wait(posts, return_when=asyncio.FIRST_COMPLETED)
        answers = await asyncio.gather(*posts, return_exceptions=True)
    taken = [answer for answer in answers if isinstance(answer, tuple)]
    ids = {answer["receipt_id"] for status, answer in taken if status == 200}
    assert len(ids) == len(taken) > 1  # the others had not been sent yet
    assert {read_raw(record).receipt_id for record in await raw.read()} == ids


async def test_memory_of_what_waits_is_bounded_while_the_broker_is_away(
    kafka: KafkaSettings, topics: tuple[str, ...], tmp_path: Path, broker: Broker
) -> None:
    limits = Limits(in_flight_bytes=1_000_000, ack_deadline=timedelta(seconds=1))
    async with open_notifications(kafka, tmp_path, limits) as door:
        await asyncio.to_thread(broker.stop)
        try:
            answers = await asyncio.gather(*(_timed(door, b"x" * 100_000) for _ in range(30)))
        finally:
            await asyncio.to_thread(broker.start)
        assert {status for status, _ in answers} == {503}
        assert sum(seconds < 0.9 for _, seconds in answers) >= 15  # refused at the door
        async with asyncio.timeout(30):  # a second is short for a broker that has just come up
            while (await door.post(b"x" * 100_000))[0] != 200:
                await door.wait_until_ready()


async def test_outcomes_of_unknown_tokens_wait_for_the_broker(
    kafka: KafkaSettings, topics: tuple[str, ...], tmp_path: Path, broker: Broker
) -> None:
    async with Tail(kafka, OUTCOMES) as outcomes:
        async with open_notifications(kafka, tmp_path) as door:
            assert (await door.post(b"{}"))[0] == 200
            await asyncio.to_thread(broker.stop)
            assert (await door.post(b"{}", "/v1/notifications/stripe/other"))[0] == 404
            await asyncio.to_thread(broker.start)
            await door.wait_until_ready()
        told = [decode(record.value, Outcome) for record in await outcomes.read()]
        # The first telling may have arrived although nobody could say so: it has the same id.
        assert {outcome.receipt_id: outcome.count for outcome in told} == {told[0].receipt_id: 1}


async def _timed(door: Door, body: bytes) -> tuple[int, float]:
    started = time.monotonic()
    status, _ = await door.post(body)
    return status, time.monotonic() - started
