"""Records wait in order, in bounds, and not at all while partitions move."""

import asyncio

import pytest

from streams.driver.waiting import Waiting
from tests.streams.driver.make import record

MIB = 1024 * 1024


def opened() -> Waiting:
    waiting = Waiting()
    waiting.open()
    return waiting


async def soon(event: "asyncio.Future[None] | asyncio.Task[None]") -> bool:
    await asyncio.sleep(0.01)
    return event.done()


async def test_records_are_taken_in_order_and_no_more_than_asked() -> None:
    waiting = opened()
    waiting.put([record(1), record(2), record(3)])

    assert [found.offset for found in await waiting.take(2, MIB)] == [1, 2]
    assert [found.offset for found in await waiting.take(2, MIB)] == [3]


async def test_a_cycle_takes_no_more_bytes_than_asked_but_always_one_record() -> None:
    waiting = opened()
    waiting.put([record(n, value=b"x" * 600) for n in range(3)])

    assert len(await waiting.take(500, 1_000)) == 2
    assert len(await waiting.take(500, 100)) == 1


async def test_what_was_not_begun_is_first_in_line_again() -> None:
    waiting = opened()
    waiting.put([record(1), record(2), record(3)])
    taken = await waiting.take(2, MIB)
    waiting.give_back(taken[1:])

    assert [found.offset for found in await waiting.take(9, MIB)] == [2, 3]


async def test_taking_waits_for_a_record() -> None:
    waiting = opened()
    taking = asyncio.create_task(waiting.take(1, MIB))
    await asyncio.sleep(0)
    waiting.put([record(7)])

    assert [found.offset for found in await taking] == [7]


@pytest.mark.parametrize(
    ("count", "size"),
    [pytest.param(2_000, 1, id="records"), pytest.param(33, MIB, id="bytes")],
)
async def test_there_is_no_room_when_too_much_waits(count: int, size: int) -> None:
    waiting = opened()
    waiting.put([record(n, value=b"x" * size) for n in range(count)])
    room = asyncio.create_task(waiting.room())

    assert not await soon(room)
    await waiting.take(count, count * size)
    assert await soon(room)


async def test_closing_forgets_what_waits_and_what_comes_late() -> None:
    waiting = opened()
    waiting.put([record(1), record(2)])
    taken = await waiting.take(2, MIB)
    waiting.close()
    waiting.give_back(taken[1:])
    waiting.put([record(3)])

    assert len(waiting) == 0


async def test_it_is_idle_only_when_the_cycle_that_runs_has_settled() -> None:
    waiting = opened()
    waiting.put([record(1)])
    await waiting.take(1, MIB)
    idle = asyncio.create_task(waiting.idle())

    assert waiting.busy
    assert not await soon(idle)
    waiting.settled()
    assert await soon(idle)
