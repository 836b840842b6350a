"""Concurrent readers share a look at the topic's end, and none gets one that began before it came."""

import asyncio
import gc

import pytest

from ingress.catch_up import CatchUp


class Topic:
    """A topic whose end is looked at: each look begins, and ends when told."""

    def __init__(self) -> None:
        self.began = 0
        self.ends = asyncio.Semaphore(0)

    async def look(self) -> None:
        self.began += 1
        await self.ends.acquire()


async def test_all_who_come_during_a_look_share_the_next() -> None:
    topic = Topic()
    catch_up = CatchUp(topic.look)
    first = asyncio.create_task(catch_up.caught_up())
    await asyncio.sleep(0.01)
    later = [asyncio.create_task(catch_up.caught_up()) for _ in range(50)]
    await asyncio.sleep(0.01)
    assert topic.began == 1

    topic.ends.release()
    await first
    await asyncio.sleep(0.01)
    assert topic.began == 2
    assert not any(task.done() for task in later)

    topic.ends.release()
    await asyncio.gather(*later)
    assert topic.began == 2


async def test_who_gives_up_does_not_take_the_look_from_the_others() -> None:
    topic = Topic()
    catch_up = CatchUp(topic.look)
    stays = asyncio.create_task(catch_up.caught_up())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await catch_up.caught_up()
    topic.ends.release()
    await stays
    assert topic.began == 1


async def test_a_look_that_fails_fails_its_readers_and_not_the_next() -> None:
    looks = iter([RuntimeError("away"), None])

    async def look() -> None:
        await asyncio.sleep(0.01)
        failure = next(looks)
        if failure is not None:
            raise failure

    catch_up = CatchUp(look)
    first = asyncio.create_task(catch_up.caught_up())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second = asyncio.create_task(catch_up.caught_up())
    with pytest.raises(RuntimeError, match="away"):
        await first
    await second


async def test_a_look_that_fails_after_all_gave_up_is_no_one_s_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def look() -> None:
        await asyncio.sleep(0.05)
        raise RuntimeError("away")

    catch_up = CatchUp(look)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await catch_up.caught_up()
    await asyncio.sleep(0.1)
    del catch_up
    gc.collect()
    assert "never retrieved" not in caplog.text
