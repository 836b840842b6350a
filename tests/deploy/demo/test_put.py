"""Telling the stores' APIs what happened: together when many do, in their order, and never forgotten."""

import asyncio
from collections.abc import Sequence

import pytest

from deploy.demo.put import Put, Putting


class Apis:
    """Takes batches; while `away`, none."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.away = False

    async def take(self, puts: Sequence[Put]) -> None:
        await asyncio.sleep(0.01)
        if self.away:
            raise ConnectionError("nobody is there")
        self.batches.append([put.name for put in puts])


def _put(name: str) -> Put:
    return Put("orders", name, {})


async def test_what_many_tell_at_once_goes_together_in_its_order() -> None:
    apis = Apis()
    putting = Putting(apis.take)
    await asyncio.gather(*(putting.put([_put(f"{n}a"), _put(f"{n}b")]) for n in range(5)))

    assert apis.batches[0] == ["0a", "0b"]
    assert apis.batches[1:] == [["1a", "1b", "2a", "2b", "3a", "3b", "4a", "4b"]]


async def test_who_returns_knows_that_the_apis_know() -> None:
    apis = Apis()
    putting = Putting(apis.take)

    async def tell(name: str) -> bool:
        await putting.put([_put(name)])
        return any(name in batch for batch in apis.batches)

    assert all(await asyncio.gather(*(tell(str(n)) for n in range(9))))


async def test_what_could_not_be_told_is_told_by_the_next_who_waits() -> None:
    apis = Apis()
    putting = Putting(apis.take)
    apis.away = True
    first = asyncio.create_task(putting.put([_put("1")]))
    await asyncio.sleep(0)
    others = [asyncio.create_task(putting.put([_put(name)])) for name in ("2", "3")]
    with pytest.raises(ConnectionError):
        await first
    with pytest.raises(ConnectionError):
        await others[0]
    apis.away = False
    await others[1]

    assert apis.batches == [["2", "3"]]
