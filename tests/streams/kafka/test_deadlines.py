"""One timer for many waits: each ends in its time, and what came in time is left alone."""

import asyncio
import time
from contextlib import nullcontext as does_not_raise

import pytest

from streams.kafka.deadlines import Deadlines


async def test_a_wait_that_takes_too_long_raises_timeout_error_in_time() -> None:
    deadlines = Deadlines(0.2)
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        async with deadlines.timeout():
            await asyncio.sleep(60)
    assert 0.19 < time.monotonic() - started < 30


async def test_what_is_done_in_time_is_never_disturbed() -> None:
    deadlines = Deadlines(1.0)
    with does_not_raise():
        for _ in range(3):
            async with deadlines.timeout():
                await asyncio.sleep(0.01)
        await asyncio.sleep(1.1)


async def test_each_of_many_waits_has_its_own_deadline() -> None:
    deadlines = Deadlines(1.0)
    ended: dict[int, float] = {}

    async def wait(number: int) -> None:
        await asyncio.sleep(number * 0.03)
        began = time.monotonic()
        try:
            async with deadlines.timeout():
                await asyncio.sleep(60 if number % 2 else 0.01)
        except TimeoutError:
            ended[number] = time.monotonic() - began

    await asyncio.gather(*(wait(number) for number in range(10)))
    assert set(ended) == {1, 3, 5, 7, 9}
    assert all(0.99 < seconds < 30 for seconds in ended.values())


async def test_being_cancelled_is_not_a_timeout() -> None:
    deadlines = Deadlines(60)

    async def wait() -> None:
        async with deadlines.timeout():
            await asyncio.sleep(60)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_of_the_inside_goes_its_own_way() -> None:
    deadlines = Deadlines(60)
    with pytest.raises(ValueError, match="mine"):
        async with deadlines.timeout():
            raise ValueError("mine")
