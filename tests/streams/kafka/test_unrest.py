"""Two processes with one seat push each other out of the group: that is told, a busy rollout is not."""

import asyncio
from datetime import timedelta

from streams.contracts.errors import TransientError
from streams.kafka.consumer import Consumer
from streams.kafka.unrest import Unrest
from streams.settings.kafka import KafkaSettings
from tests.streams.kafka.conftest import MakeTopic


def dealt(*at: float) -> Unrest:
    unrest = Unrest("deliver")
    for moment in at:
        unrest.dealt(moment)
    return unrest


def test_a_dozen_within_a_moment_is_told_with_what_to_do() -> None:
    why = dealt(*range(12)).why(12.0) or ""
    assert why.startswith("the partitions of deliver were dealt 12 times within 40 s")
    assert "SN_SLOT" in why


def test_a_few_or_slow_ones_are_not() -> None:
    assert dealt(*range(11)).why(11.0) is None
    assert dealt(*range(0, 60, 5)).why(55.0) is None


def test_it_passes() -> None:
    assert dealt(*range(12)).why(60.0) is None


async def test_both_of_one_seat_say_so(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)
    async with asyncio.timeout(150):
        while not (said := await _said_by_both(kafka, topic, group)):
            pass  # a supervisor starts it again
    assert all("were dealt" in why and "SN_SLOT" in why for why in said)


async def _said_by_both(kafka: KafkaSettings, topic: str, group: str) -> list[str]:
    """Nothing when the other came between two requests of one's joining: the broker told that one, whose
    process ends with it, and it is never dealt anything again."""

    async def read(consumer: Consumer, other: Consumer) -> str:
        while not (consumer.trouble() and other.trouble()):
            await consumer.read(wait=timedelta(milliseconds=100))
        assert consumer.silence() is None
        return consumer.trouble() or ""

    async with (
        Consumer(kafka, group=group, topics=[topic], client_id="a", instance="seat") as one,
        Consumer(kafka, group=group, topics=[topic], client_id="b", instance="seat") as two,
    ):
        tasks = [asyncio.create_task(read(one, two)), asyncio.create_task(read(two, one))]
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        errors = [error for task in done if (error := task.exception()) is not None]
        if not errors:
            return [task.result() for task in tasks]
    assert all(isinstance(one, TransientError) and "SN_SLOT" in str(one) for one in errors)
    return []


async def test_who_joins_again_after_another_took_its_seat_is_told_so_by_the_broker(
    kafka: KafkaSettings, make_topic: MakeTopic, group: str
) -> None:
    topic = await make_topic(1)

    async def until_told(consumer: Consumer) -> None:
        while True:
            consumer._client._coordinator.request_rejoin()  # as when it hears of a rebalance
            await consumer.read(wait=timedelta(milliseconds=100))

    async with (
        Consumer(kafka, group=group, topics=[topic], client_id="a", instance="seat") as one,
        Consumer(kafka, group=group, topics=[topic], client_id="b", instance="seat") as two,
    ):
        tasks = [asyncio.create_task(until_told(each)) for each in (one, two)]
        await asyncio.wait(tasks, timeout=20, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    told = [str(error) for error in ended if isinstance(error, TransientError)]
    assert told
    assert all("taken the seat" in text and "SN_SLOT" in text for text in told)
