"""What the tests of the client and of the lanes share: a receiver, and lanes that are stopped."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.receiver import Receiver
from tests.sinks.delivery.lane_bench import Bench


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as running:
        yield running


@pytest.fixture
async def benches() -> AsyncIterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(**fields: Any) -> Bench:  # noqa: ANN401 - any field of Plan
        made.append(Bench(**fields))
        return made[-1]

    yield make
    for bench in made:
        bench.end_all()
        await bench.lane.stop(timedelta(seconds=5))
