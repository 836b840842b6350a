"""The forward process killed while notifications are on their way."""

import asyncio
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections import Counter
from uuid import uuid4

import pytest

from sinks.forward.role import TOPICS
from streams.settings.kafka import KafkaSettings
from tests.receiver import Receiver, Reply
from tests.sinks.delivery.running import begin_at_end, own_app
from tests.sinks.forward.genuine import notification
from tests.sinks.forward.running import RECEIPT, STORES, publish

pytestmark = pytest.mark.faults
Topics = tuple[str, ...]
CONCURRENCY = 10  # of each of the three forwards
ANSWER = 0.1  # seconds


async def _start(*arguments: str) -> Process:
    module = "tests.sinks.forward.forward_process"
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stderr=DEVNULL
    )


def _receipts(receiver: Receiver) -> list[str]:
    return [post.headers[RECEIPT] for post in receiver.posts]


async def _all_here(receiver: Receiver, receipts: set[str]) -> None:
    async with asyncio.timeout(60):
        while not receipts <= set(_receipts(receiver)):  # noqa: ASYNC110 - whatever comes
            await asyncio.sleep(0.1)


async def test_kill_9_loses_no_notification_and_changes_none(
    kafka: KafkaSettings, topics: Topics
) -> None:
    app, group = own_app(), f"forward-{uuid4().hex[:12]}"
    posted = [notification(store, number) for number in range(250) for store in STORES]
    bodies = {str(raw.receipt_id): raw.body for raw in posted}
    await begin_at_end(kafka, group, TOPICS)
    async with Receiver() as receiver:
        receiver.default = Reply(after=ANSWER)
        arguments = (kafka.bootstrap, group, receiver.url, app)
        role = await _start(*arguments)
        try:
            await publish(kafka, app, posted)
            for _ in range(2):
                await receiver.arrived(len(receiver.posts) + 150, timeout=60)
                assert receiver.open, "nothing was under way at the fault"
                role.kill()
                await role.wait()
                assert len(set(_receipts(receiver))) < len(posted)
                role = await _start(*arguments)
            await _all_here(receiver, set(bodies))
        finally:
            role.send_signal(signal.SIGTERM)
            ended = await role.wait()

    assert ended == 0
    assert all(post.body == bodies[post.headers[RECEIPT]] for post in receiver.posts)
    copies = Counter(_receipts(receiver))
    assert max(copies.values()) <= 3
    # A commit every second: what one second forwards, and what was under way, for each kill.
    most = len(STORES) * CONCURRENCY
    assert copies.total() - len(posted) <= 2 * (int(1.5 / ANSWER) * most + most)
