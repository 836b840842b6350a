"""Group commit: what comes in together goes together, in order, and nobody waits for a hung broker."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from ingress.together import Together
from streams.contracts.errors import TransientError
from streams.contracts.step import Out

DEADLINE = 0.5


def out(name: str) -> Out:
    return Out(topic="t", key=None, value=name.encode())


class Kafka:
    """Takes batches of at most `room` records; those of a hung partition wait for ever."""

    def __init__(self, room: int = 1000) -> None:
        self.room = room
        self.batches: list[tuple[int, list[bytes | None]]] = []
        self.hung: set[int] = set()
        self.failing = 0
        self.seconds = 0.01

    async def send_batch(self, outs: Sequence[Out], *, partition: int) -> int:
        taken = list(outs[: self.room])
        self.batches.append((partition, [one.value for one in taken]))
        await asyncio.sleep(60 if partition in self.hung else self.seconds)
        if self.failing:
            self.failing -= 1
            raise TransientError("away")
        return len(taken)


async def test_what_comes_in_together_goes_in_one_batch_and_in_order() -> None:
    kafka = Kafka()
    together = Together(kafka, [0, 1], deadline=DEADLINE)
    await asyncio.gather(*(together.publish(out(str(number))) for number in range(5)))
    assert kafka.batches == [(0, [b"0", b"1", b"2", b"3", b"4"])]


async def test_a_single_record_does_not_wait_for_company() -> None:
    kafka = Kafka()
    together = Together(kafka, [0, 1], deadline=DEADLINE)
    first = asyncio.create_task(together.publish(out("a")))
    for _ in range(3):  # turns of the loop: to begin, to gather what came in with it, to send
        await asyncio.sleep(0)
    assert kafka.batches == [(0, [b"a"])]
    await first
    await together.publish(out("b"))
    assert [partition for partition, _ in kafka.batches] == [0, 1]


async def test_while_all_partitions_are_busy_records_gather() -> None:
    kafka = Kafka()
    together = Together(kafka, [0], deadline=DEADLINE)
    first = asyncio.create_task(together.publish(out("first")))
    await asyncio.sleep(0.001)
    await asyncio.gather(first, *(together.publish(out(str(number))) for number in range(20)))
    assert [len(values) for _, values in kafka.batches] == [1, 20]


async def test_what_does_not_fit_goes_in_the_next_batch() -> None:
    kafka = Kafka(room=2)
    together = Together(kafka, [0], deadline=DEADLINE)
    await asyncio.gather(*(together.publish(out(str(number))) for number in range(5)))
    assert [values for _, values in kafka.batches] == [[b"0", b"1"], [b"2", b"3"], [b"4"]]


async def test_a_refused_batch_is_told_to_each_that_waits_and_to_nobody_else() -> None:
    kafka = Kafka(room=2)
    together = Together(kafka, [0], deadline=DEADLINE)
    kafka.failing = 1
    outcomes = await asyncio.gather(
        *(together.publish(out(str(number))) for number in range(3)), return_exceptions=True
    )
    assert [str(outcome) for outcome in outcomes] == ["away"] * 3
    assert len({id(outcome) for outcome in outcomes}) == 3
    await together.publish(out("after"))


async def test_a_hung_partition_holds_up_its_own_batch_only() -> None:
    kafka = Kafka()
    kafka.hung = {0}
    together = Together(kafka, [0, 1], deadline=60)
    hung = asyncio.create_task(together.publish(out("hung")))
    await asyncio.sleep(0.001)
    for number in range(5):
        await together.publish(out(str(number)))
    assert not hung.done()
    hung.cancel()
    assert [partition for partition, _ in kafka.batches] == [0, *[1] * 5]


async def test_with_every_partition_hung_all_end_at_their_own_deadline() -> None:
    kafka = Kafka()
    kafka.hung = {0}
    together = Together(kafka, [0], deadline=DEADLINE)

    async def ends_after(name: str) -> float:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await together.publish(out(name))
        return time.monotonic() - began

    early = asyncio.create_task(ends_after("early"))
    await asyncio.sleep(DEADLINE / 2)
    late = asyncio.create_task(ends_after("late"))
    assert await early > DEADLINE - 0.01
    assert not late.done(), "each has its own"
    assert DEADLINE - 0.01 < await late < 10 * DEADLINE


async def test_what_has_given_up_is_not_sent_any_more() -> None:
    kafka = Kafka()
    kafka.seconds = DEADLINE + 0.2
    together = Together(kafka, [0], deadline=DEADLINE)
    outcomes = await asyncio.gather(
        together.publish(out("on its way")), _late(together), return_exceptions=True
    )
    assert all(isinstance(outcome, TimeoutError) for outcome in outcomes)
    await together.ended()
    kafka.seconds = 0.01
    await together.publish(out("after"))
    assert [values for _, values in kafka.batches] == [[b"on its way"], [b"after"]]


async def _late(together: Together) -> None:
    await asyncio.sleep(0.05)
    await together.publish(out("late"))


async def test_a_caller_that_is_cancelled_leaves_the_others_alone() -> None:
    kafka = Kafka()
    together = Together(kafka, [0], deadline=DEADLINE)
    gone = asyncio.create_task(together.publish(out("gone")))
    stays = asyncio.create_task(together.publish(out("stays")))
    await asyncio.sleep(0.001)
    gone.cancel()
    await stays
    with pytest.raises(asyncio.CancelledError):
        await gone
