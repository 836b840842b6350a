"""Loops beside a door: cancelled when it closes, and never dead in silence."""

import asyncio

import pytest

from streams.contracts.errors import ConfigError
from streams.observe.background import kept_running


async def test_loops_run_inside_and_are_cancelled_at_the_end() -> None:
    turns = 0

    async def turning() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.001)

    async with kept_running(turning(), turning()):
        await asyncio.sleep(0.05)
    at_the_end = turns
    await asyncio.sleep(0.01)
    assert turns == at_the_end > 2


async def test_the_error_of_a_loop_ends_the_inside_and_is_raised() -> None:
    async def failing() -> None:
        await asyncio.sleep(0.01)
        raise ConfigError("SN_X: wrong")

    with pytest.raises(ConfigError, match="SN_X"):
        async with kept_running(asyncio.sleep(60), failing()):
            await asyncio.sleep(60)


async def test_an_error_of_the_inside_goes_its_own_way() -> None:
    with pytest.raises(ValueError, match="mine"):
        async with kept_running(asyncio.sleep(60)):
            raise ValueError("mine")


async def test_being_cancelled_from_outside_stays_that() -> None:
    async def inside() -> None:
        async with kept_running(asyncio.sleep(60)):
            await asyncio.sleep(60)

    task = asyncio.create_task(inside())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
