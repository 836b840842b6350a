"""A turn among processes on any machine: whoever is the only member of a consumer group has it.

Nothing is read and nothing committed. The group's coordinator knows its members, and forgets one that
died after a session; of two that come at the same moment both step back, and come again.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from aiokafka import AIOKafkaConsumer
from aiokafka import errors as foreign
from aiokafka.admin import AIOKafkaAdminClient

from streams.contracts.topics import CONTROL
from streams.kafka.connection import client_options
from streams.kafka.ending import end
from streams.kafka.errors import our_errors
from streams.kafka.rebalance import Partitions, Rebalances
from streams.kafka.records import ms
from streams.kafka.topics import admin
from streams.settings.kafka import KafkaSettings

SESSION = timedelta(seconds=15)
_LONG = timedelta(days=1)  # a member that never reads is no sick one here
_LOOK_EVERY = 0.5  # seconds
_STEP_BACK = 1.0  # seconds at most


def _silent() -> None:
    return None


@asynccontextmanager
async def turn(
    kafka: KafkaSettings,
    name: str,
    *,
    waits: Callable[[], None] = _silent,
    session: timedelta = SESSION,
) -> AsyncIterator[None]:
    """Inside, nobody else is in a turn of that name. `waits` is called when somebody is, once.

    A process to which the broker is silent for a `session` is taken for dead.
    """
    member = await _alone(kafka, name, waits, session)
    try:
        yield
    finally:
        await end(member)


async def _alone(
    kafka: KafkaSettings, name: str, waits: Callable[[], None], session: timedelta
) -> AIOKafkaConsumer:
    told = False
    async with admin(kafka) as client:
        while True:
            member = await _joined(kafka, name, session)
            try:
                with our_errors(f"asking who is in group {name}"):
                    others = await _members(client, name) - 1
            except BaseException:
                await end(member)
                raise
            if not others:
                return member
            await end(member)
            if not told:
                told = True
                waits()
            await _until_empty(client, name)


async def _until_empty(client: AIOKafkaAdminClient, name: str) -> None:
    with our_errors(f"waiting for group {name}"):
        while await _members(client, name):  # noqa: ASYNC110 - the coordinator tells nobody
            await asyncio.sleep(_LOOK_EVERY)
    await asyncio.sleep(random.uniform(0, _STEP_BACK))  # noqa: S311 - so that two do not meet again


async def _joined(kafka: KafkaSettings, name: str, session: timedelta) -> AIOKafkaConsumer:
    """A member, as the coordinator sees it too."""
    member = AIOKafkaConsumer(
        **client_options(kafka),
        client_id=name,
        group_id=name,
        enable_auto_commit=False,
        auto_offset_reset="latest",
        session_timeout_ms=ms(session),
        heartbeat_interval_ms=min(1000, ms(session) // 5),
        rebalance_timeout_ms=ms(session),
        max_poll_interval_ms=ms(_LONG),
    )

    def nothing_of(partitions: Partitions) -> None:
        member.pause(*partitions)

    member.subscribe([CONTROL], listener=Rebalances(nothing_of, _nothing_to_do))
    try:
        with our_errors(f"joining {name}"):
            await member.start()
    except BaseException:
        await end(member)
        raise
    return member


async def _nothing_to_do() -> None:
    return None


async def _members(client: AIOKafkaAdminClient, name: str) -> int:
    (answer,) = await client.describe_consumer_groups([name])
    ((code, _group, _state, _type, _protocol, members, *_),) = answer.groups
    if code:
        raise foreign.for_code(code)
    return len(members)
