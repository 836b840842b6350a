"""Turns on the real broker: one at a time, whoever waits comes, and a process that was killed is forgotten."""

import asyncio
import sys
from datetime import timedelta

from streams.kafka.turn import turn
from streams.settings.kafka import KafkaSettings

SESSION = timedelta(seconds=2)
HOLDER = """
import asyncio, sys
from datetime import timedelta
from streams.kafka.turn import turn
from streams.settings.kafka import KafkaSettings

async def hold():
    async with turn(KafkaSettings(bootstrap=sys.argv[1]), sys.argv[2], session=timedelta(seconds=2)):
        print("has it", flush=True)
        await asyncio.Event().wait()

asyncio.run(hold())
"""


async def test_of_three_at_the_same_moment_one_after_the_other_has_its_turn(
    kafka: KafkaSettings, topics: tuple[str, ...], group: str
) -> None:
    inside = 0
    order: list[str] = []
    waited: list[str] = []

    async def one(name: str) -> None:
        nonlocal inside
        async with turn(kafka, group, waits=lambda: waited.append(name), session=SESSION):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0.3)
            order.append(name)
            inside -= 1

    async with asyncio.timeout(60):
        await asyncio.gather(*map(one, "abc"))
    assert sorted(order) == ["a", "b", "c"]
    assert len(waited) == len(set(waited)) >= 2, "who waits is told it, once"


async def test_a_turn_lasts_for_longer_than_a_session_and_passes_on_when_its_process_is_killed(
    kafka: KafkaSettings, topics: tuple[str, ...], group: str
) -> None:
    holder = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLDER, kafka.bootstrap, group), stdout=asyncio.subprocess.PIPE
    )
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"has it\n"
    waited, got = asyncio.Event(), asyncio.Event()

    async def next_one() -> None:
        async with turn(kafka, group, waits=waited.set, session=SESSION):
            got.set()

    coming = asyncio.create_task(next_one())
    await asyncio.wait_for(waited.wait(), 20)
    await asyncio.sleep(SESSION.total_seconds() * 1.5)
    assert not got.is_set()
    holder.kill()
    await holder.wait()
    await asyncio.wait_for(coming, 20)
    assert got.is_set()
