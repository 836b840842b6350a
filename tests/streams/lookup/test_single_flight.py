"""One question at a time: who comes meanwhile shares the next answer, not the running one."""

import asyncio

import pytest

from streams.contracts.errors import TransientError
from streams.lookup.single_flight import SingleFlight
from tests.streams.kafka.conftest import until


class Store:
    """Gives a number for each question, while `open`; the most that were put at once."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.asked = 0
        self.now = 0
        self.most = 0

    async def answer(self) -> int:
        self.asked += 1
        mine = self.asked
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.001)
        await self.open.wait()
        self.now -= 1
        return mine


async def test_those_who_come_while_it_is_asked_share_the_next_answer() -> None:
    flight, store = SingleFlight[int](), Store()
    store.open.clear()
    first = asyncio.create_task(flight.ask("token", store.answer))
    await until(lambda: store.asked, 2)
    waiting = [asyncio.create_task(flight.ask("token", store.answer)) for _ in range(20)]
    await asyncio.sleep(0)
    store.open.set()
    later = await asyncio.gather(*waiting)

    assert await first == 1
    assert set(later) == {2}
    assert (store.asked, store.most) == (2, 1)


async def test_it_is_never_asked_twice_at_once_however_they_come() -> None:
    flight, store = SingleFlight[int](), Store()

    async def one(delay: float) -> tuple[int, int]:
        await asyncio.sleep(delay)
        before = store.asked
        return before, await flight.ask("token", store.answer)

    told = await asyncio.gather(*(one(n * 0.0007) for n in range(100)))

    assert store.most == 1
    assert all(answer > before for before, answer in told)


async def test_other_things_are_asked_side_by_side() -> None:
    flight, store = SingleFlight[int](), Store()

    await asyncio.gather(*(flight.ask(f"token-{n}", store.answer) for n in range(5)))

    assert (store.asked, store.most) == (5, 5)


async def test_an_error_is_shared_and_the_next_question_is_a_new_one() -> None:
    flight = SingleFlight[int]()

    async def away() -> int:
        raise TransientError("away")

    for _ in range(2):
        with pytest.raises(TransientError):
            await flight.ask("token", away)
    assert await flight.ask("token", Store().answer) == 1


async def test_who_gives_up_takes_the_answer_from_nobody() -> None:
    flight, store = SingleFlight[int](), Store()
    store.open.clear()
    first = asyncio.create_task(flight.ask("token", store.answer))
    await until(lambda: store.asked, 2)
    others = [asyncio.create_task(flight.ask("token", store.answer)) for _ in range(2)]
    await asyncio.sleep(0)
    first.cancel()
    others[0].cancel()
    store.open.set()

    assert await others[1] == 2
